import { payloadRef, type ContributionHeader, type HeaderValidation } from '../merge/index.ts'

/**
 * Whether an admissible payload has the chunks that its header names. Nodes fetch and check chunk by chunk, so to them a contribution whose
 * chunks are others never arrives; a file brings the payload whole, and must not be merged where no node could.
 *
 * Reasons: chunk-digest.
 */
export function judgeChunks(
  { payload: { chunks } }: ContributionHeader,
  payload: Uint8Array,
): HeaderValidation {
  const found = payloadRef(payload).chunks
  const wrong = found.findIndex((digest, i) => digest !== chunks[i])
  if (wrong < 0) return { ok: true }
  const message = `chunk ${wrong} has digest ${found[wrong]!}, header says ${String(chunks[wrong])}`
  return { ok: false, reason: 'chunk-digest', message }
}
