import { readFile } from 'node:fs/promises'
import { decode, encode } from '@ipld/dag-cbor'
import { z } from 'zod'
import { MalformedError } from '../errors.ts'
import { openEnvelope } from '../gossip/index.ts'
import { MAX_PAYLOAD_BYTES, type ContributionHeader } from '../merge/index.ts'
import { writeFileAtomic } from './atomic-file.ts'

/** End of the name of a contribution in one file. */
export const CONTRIBUTION_SUFFIX = '.contribution'

/** A contribution read from a file, its signature checked. */
export interface ContributionFile {
  readonly file: string
  readonly id: string
  readonly header: ContributionHeader
  readonly payload: Uint8Array
}

const bytes = z.instanceof(Uint8Array)
const bundleSchema = z.strictObject({ v: z.literal(1), envelope: bytes, payload: bytes })

/** Writes `{ v: 1, envelope, payload }` as dag-cbor: the signed envelope as it travels, and the whole payload. */
export async function writeContributionFile(
  file: string,
  envelope: Uint8Array,
  payload: Uint8Array,
): Promise<void> {
  await writeFileAtomic(file, encode({ v: 1, envelope, payload }))
}

/**
 * Reads one file that `writeContributionFile` wrote. Content is for the judge; format, consortium and signature are checked here.
 *
 * @throws MalformedError - not such a file; RefusedError - wrong-consortium, bad-signature, malformed header
 */
export async function readContributionFile(file: string, consortium: string): Promise<ContributionFile> {
  const { envelope, payload } = decodeBundle(file, await readFile(file))
  const { id, header } = await openEnvelope(envelope, consortium)
  return { file, id, header, payload }
}

function decodeBundle(file: string, content: Uint8Array): z.infer<typeof bundleSchema> {
  if (content.length > 2 * MAX_PAYLOAD_BYTES) {
    throw new MalformedError(file, `${content.length} bytes, more than any contribution`, {
      reason: 'too-large',
    })
  }
  let value: unknown
  try {
    value = decode(content)
  } catch (cause) {
    throw new MalformedError(
      file,
      'not a contribution file (no dag-cbor)',
      { reason: 'malformed' },
      { cause },
    )
  }
  const parsed = bundleSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new MalformedError(file, 'not a contribution file (expected v, envelope, payload)', {
    reason: 'malformed',
  })
}
