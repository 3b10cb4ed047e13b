import { open } from 'node:fs/promises'
import { MalformedError } from '../errors.ts'
import { openEnvelope } from '../gossip/records.ts'
import { MAX_PAYLOAD_BYTES, type ContributionHeader } from '../merge/index.ts'
import { writeFileAtomic } from './atomic-file.ts'
import { decodeContainer, encodeContainer } from './contribution-container.ts'

/** End of the name of a contribution in one file. */
export const CONTRIBUTION_SUFFIX = '.contribution'

/** Largest payload, largest envelope (64 KiB) and what is around them. */
export const MAX_CONTRIBUTION_FILE_BYTES = MAX_PAYLOAD_BYTES + 128 * 1024

/** A contribution read from a file, its signature checked. */
export interface ContributionFile {
  readonly file: string
  readonly id: string
  readonly header: ContributionHeader
  readonly payload: Uint8Array
}

/** Writes `{ v: 1, envelope, payload }` as dag-cbor: the signed envelope as it travels, and the whole payload. */
export async function writeContributionFile(
  file: string,
  envelope: Uint8Array,
  payload: Uint8Array,
): Promise<void> {
  await writeFileAtomic(file, encodeContainer({ envelope, payload }))
}

/**
 * Reads one file that `writeContributionFile` wrote. Content is for the judge; format, consortium and signature are checked here.
 *
 * @throws MalformedError - not such a file; RefusedError - wrong-consortium, bad-signature, malformed header
 */
export async function readContributionFile(file: string, consortium: string): Promise<ContributionFile> {
  return openContributionBytes(file, await readBounded(file, MAX_CONTRIBUTION_FILE_BYTES), consortium)
}

/** As {@link readContributionFile}, of bytes; `file` is what errors call them. */
export async function openContributionBytes(
  file: string,
  bytes: Uint8Array,
  consortium: string,
): Promise<ContributionFile> {
  const { envelope, payload } = decodeContainer(file, bytes)
  const { id, header } = await openEnvelope(envelope, consortium)
  return { file, id, header, payload }
}

/** The bytes of a file, unless it is larger than that: looks before it reads. @throws MalformedError `too-large` */
export async function readBounded(file: string, maxBytes: number): Promise<Uint8Array> {
  const handle = await open(file)
  try {
    const stat = await handle.stat()
    const { size } = stat
    if (!stat.isFile()) throw new MalformedError(file, 'not a regular file', { reason: 'malformed' })
    if (size <= maxBytes) return await handle.readFile()
    throw new MalformedError(file, `${size} bytes, at most ${maxBytes}`, { reason: 'too-large' })
  } finally {
    await handle.close()
  }
}
