import { isDeepStrictEqual } from 'node:util'
import { PeermergeError } from '../../errors.ts'
import { CHUNK_BYTES } from '../../merge/index.ts'
import { readContributionFile, type ContributionFile } from '../contribution-file.ts'
import type { Check } from '../verify-merge.ts'
import type { AuditedLog } from './audited-log.ts'
import { payloadTensors } from './payload-tensors.ts'

/** Whether the log says of the site's own contributions in a bundle what they are, tensor by tensor. Files that cannot be read are not its business. */
export async function checkOwn(
  files: readonly string[],
  consortium: string,
  peer: string | undefined,
  log: Pick<AuditedLog, 'published'>,
): Promise<Check[]> {
  const problems: string[] = []
  let own = 0
  for (const file of files) {
    const one = await readOrNull(file, consortium)
    if (one === null || one.header.peer !== peer) continue
    own++
    const problem = await difference(one, log)
    if (problem !== undefined) problems.push(`number ${one.header.sequence}: ${problem}`)
  }
  const expected = `${own} as the log names them, tensor by tensor`
  const actual = problems.length === 0 ? expected : problems.join('; ')
  return [{ what: 'own contributions', ok: problems.length === 0, expected, actual }]
}

async function readOrNull(file: string, consortium: string): Promise<ContributionFile | null> {
  try {
    return await readContributionFile(file, consortium)
  } catch (error) {
    if (error instanceof PeermergeError) return null // refused by name where the merge is computed
    throw error
  }
}

async function difference(
  { id, header, payload }: ContributionFile,
  { published }: Pick<AuditedLog, 'published'>,
): Promise<string | undefined> {
  const said = published.get(id)
  if (said === undefined) return 'the log does not name it'
  if (said.payload.digest !== header.payload.digest || said.samples !== header.count) return 'the log names another payload or number of samples' // prettier-ignore
  if (said.tensors === null) return undefined
  const tensors = await tensorsOf(header.payload, payload)
  const other = tensors.find((tensor, i) => !isDeepStrictEqual(tensor, said.tensors?.[i]))
  if (other !== undefined) return `tensor ${other.name} is not as the log says`
  return tensors.length === said.tensors.length ? undefined : `${tensors.length} tensors, the log names ${said.tensors.length}` // prettier-ignore
}

async function tensorsOf(
  { size, chunks, digest }: ContributionFile['header']['payload'],
  payload: Uint8Array,
) {
  const at = new Map(chunks.map((chunk, i) => [chunk, i * CHUNK_BYTES]))
  const read = (chunk: string): Promise<Uint8Array> => Promise.resolve(payload.subarray(at.get(chunk), at.get(chunk)! + CHUNK_BYTES)) // prettier-ignore
  return (await payloadTensors({ size, chunks, digest }, read).catch(() => null)) ?? []
}
