import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PeermergeError } from '../errors.ts'
import { makeDirectory, writeFileAtomic } from './atomic-file.ts'
import { charterDigest, formatCharter } from './charter.ts'
import { openSiteStore } from './components.ts'
import { CONTRIBUTION_SUFFIX, writeContributionFile } from './contribution-file.ts'
import { BUNDLE_CHARTER, BUNDLE_CLAIM, BUNDLE_TENSORS } from './gather-files.ts'
import { lockHome } from './home-lock.ts'
import { readCharter, type HomePaths } from './home.ts'
import { silentLogger } from './logger.ts'
import { formatClaim, readClaim } from './merge-claim.ts'
import { mergeBytes } from './merge-files.ts'
import { mergeFiles, type OfflineMerge } from './offline.ts'
import type { MergeSummary, NodeStore, StoredContribution } from './types.ts'

export interface Bundle {
  readonly files: readonly string[]
  /** The merge that the bundle claims. */
  readonly summary: MergeSummary
}

export interface BundleOptions {
  readonly signal?: AbortSignal
  /** A merge that the home keeps: the bundle has the contributions in its cut. @default the merge of everything admitted */
  readonly merge?: string | undefined
}

/**
 * Writes what an outsider needs to compute a merge again: `charter.json`, `merge.json` (the claim), `merge.safetensors` and one file
 * for each contribution. The claim is computed from the files just written, so a bundle that is handed out verifies.
 *
 * @throws HomeLockedError - the node runs; InvalidFileError - no charter, or no such merge; PeermergeError ERR_INCOMPLETE - a chunk is
 *   damaged, or the home no longer holds a contribution of that merge
 */
export async function writeBundle(
  paths: HomePaths,
  directory: string,
  { signal, merge }: BundleOptions = {},
): Promise<Bundle> {
  const charter = await readCharter(paths)
  const cut = merge === undefined ? undefined : (await readClaim(join(paths.merges, `${merge}.json`))).cut
  const exported = await exportContributions(paths, directory, cut)
  const computed = await mergeFiles(charter, exported, { ...(signal && { signal }) })
  const files = await dropSuperseded(exported, computed)
  const { refused, result, spec, summary } = computed
  if (refused.length > 0 || (merge !== undefined && merge !== summary.digest)) {
    const problem = refused[0]?.message ?? `its contributions give ${summary.digest}`
    throw new PeermergeError('ERR_INCOMPLETE', `merge ${merge ?? ''}: ${problem}; the store is damaged`)
  }
  const written = { [BUNDLE_CHARTER]: formatCharter(charter), [BUNDLE_CLAIM]: formatClaim(charter, summary), [BUNDLE_TENSORS]: mergeBytes(result, { charter: charterDigest(charter), spec }) } // prettier-ignore
  for (const [name, content] of Object.entries(written)) await writeFileAtomic(join(directory, name), content)
  return { files: [...files, ...Object.keys(written).map((name) => join(directory, name))], summary }
}

/** Removes the files that the merge has no use for. Those of equivocating peers stay: they are why older ones count. */
async function dropSuperseded(
  exported: readonly string[],
  { files, summary }: OfflineMerge,
): Promise<readonly string[]> {
  const needed = new Set([...summary.cut, ...summary.equivocating])
  const superseded = new Set(files.filter(({ id }) => !needed.has(id)).map(({ file }) => file))
  for (const file of superseded) await rm(file)
  return exported.filter((file) => !superseded.has(file))
}

/**
 * Writes what a stopped node has admitted, one file each: `<peer>-<sequence>-<id>.contribution`. Returns the paths.
 *
 * @param cut - ids of those to write. @default all
 * @throws HomeLockedError - the node runs; PeermergeError ERR_INCOMPLETE - one is not there or a chunk is damaged
 */
export async function exportContributions(
  paths: HomePaths,
  directory: string,
  cut?: readonly string[],
): Promise<readonly string[]> {
  const lock = await lockHome(paths.root, paths.lock)
  try {
    await using store = await openSiteStore(paths, silentLogger())
    await makeDirectory(directory)
    const admitted = new Map(store.list('admitted').map((one) => [one.id, one]))
    const written: string[] = []
    for (const id of cut ?? admitted.keys()) written.push(await exportOne(store, directory, admitted.get(id) ?? gone(id))) // prettier-ignore
    return written
  } finally {
    await lock.release()
  }
}

async function exportOne(
  store: NodeStore,
  directory: string,
  { id, header }: StoredContribution,
): Promise<string> {
  const envelope = await store.getEnvelope(id)
  const chunks: Uint8Array[] = []
  for (const digest of header.payload.chunks) chunks.push((await store.getChunk(digest)) ?? damaged(id))
  const name = `${header.peer}-${header.sequence}-${id.slice(0, 12)}${CONTRIBUTION_SUFFIX}`
  await writeContributionFile(join(directory, name), envelope ?? damaged(id), Buffer.concat(chunks))
  return join(directory, name)
}

function damaged(id: string): never {
  throw new PeermergeError(
    'ERR_INCOMPLETE',
    `contribution ${id}: a part is damaged; run the node to fetch it again`,
  )
}

function gone(id: string): never {
  throw new PeermergeError('ERR_INCOMPLETE', `contribution ${id}: this home does not hold it; run the node to fetch it`) // prettier-ignore
}
