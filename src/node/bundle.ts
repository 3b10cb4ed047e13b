import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PeermergeError } from '../errors.ts'
import { CHUNK_BYTES, type ByteSource } from '../merge/index.ts'
import { makeDirectory, writeFileAtomic } from './atomic-file.ts'
import { formatCharter } from './charter.ts'
import { chunkSource } from './chunk-source.ts'
import { rulesOf } from './consortium-rules.ts'
import { CONTRIBUTION_SUFFIX, writeContributionFile } from './contribution-file.ts'
import { CorruptChunkError } from './errors.ts'
import { BUNDLE_CHARTER, BUNDLE_CLAIM, BUNDLE_LEDGER, BUNDLE_ROUNDS, BUNDLE_TENSORS } from './gather-files.ts'
import { heldPayloads } from './holdings/held-payloads.ts'
import { readHoldings, type HeldContribution, type Holdings } from './holdings/read-holdings.ts'
import type { HomePaths } from './home.ts'
import { writeLedgerFile } from './ledger-file.ts'
import { formatClaim, readClaim } from './merge-claim.ts'
import { mergeBytes } from './merge-files.ts'
import { mergeFiles, type OfflineMerge } from './offline.ts'
import { writeRoundsFile } from './rounds-file.ts'
import { standingsIn, type ContributionStanding } from './standings.ts'
import type { MergeSummary } from './types.ts'

export interface Bundle {
  readonly files: readonly string[]
  /** The merge that the bundle claims. */
  readonly summary: MergeSummary
  /** Of everything that was there to choose from, what is part of the merge, and why the rest is not. */
  readonly standings: readonly ContributionStanding[]
}

export interface BundleOptions {
  readonly signal?: AbortSignal
  /** A merge that the home keeps: the bundle has the contributions in its cut. @default the merge of everything admitted */
  readonly merge?: string | undefined
}

/**
 * Writes what an outsider needs to compute a merge again: `charter.json` (the founding one), `ledger.cbor` (every signed statement that the
 * home holds, if there are any), `rounds.cbor` (certificates of the staged schedule's rounds), `merge.json` (the claim), `merge.safetensors` and one file for each contribution. The claim is computed
 * from the files just written, so a bundle that is handed out verifies.
 *
 * @throws HomeLockedError - another command is at work there; InvalidFileError - no charter, or no such merge; PeermergeError
 *   ERR_INCOMPLETE - a chunk is damaged, or the home no longer holds a contribution of that merge, or the ledger has changed since
 */
export async function writeBundle(
  paths: HomePaths,
  directory: string,
  { signal, merge }: BundleOptions = {},
): Promise<Bundle> {
  const claim = merge === undefined ? undefined : await readClaim(join(paths.merges, `${merge}.json`))
  const { founding, exported, statements, rounds: all } = await exportHome(paths, directory, { cut: claim?.cut, signal }) // prettier-ignore
  const rounds = claim === undefined ? all : all.slice(0, claim.generation) // an earlier merge is of the rounds until then
  const computed = await mergeFiles(founding, exported, { ...(signal && { signal }), statements, rounds })
  assertWhole(computed, merge)
  const files = await dropUnneeded(exported, computed)
  const { result, spec, summary, rules } = computed
  const contents = { [BUNDLE_CHARTER]: formatCharter(founding), [BUNDLE_CLAIM]: formatClaim(rules, summary), [BUNDLE_TENSORS]: mergeBytes(result, { charter: rules.charterDigest, spec }) } // prettier-ignore
  for (const [name, content] of Object.entries(contents))
    await writeFileAtomic(join(directory, name), content)
  const names = Object.keys(contents)
  if (statements.length > 0) {
    await writeLedgerFile(join(directory, BUNDLE_LEDGER), statements)
    names.push(BUNDLE_LEDGER)
  }
  if (rounds.length > 0) {
    await writeRoundsFile(join(directory, BUNDLE_ROUNDS), rounds)
    names.push(BUNDLE_ROUNDS)
  }
  const written = [...files, ...names.map((name) => join(directory, name))]
  return { files: written, summary, standings: standingsIn(computed) }
}

function assertWhole({ refused, uncounted, summary }: OfflineMerge, merge: string | undefined): void {
  if (refused.length === 0 && (merge === undefined || merge === summary.digest)) return
  const [gone] = uncounted
  const since = gone && `number ${gone.sequence} of ${gone.name} counts no more (${gone.standing})`
  const problem = refused[0]?.message ?? since ?? `its contributions give ${summary.digest}`
  const advice = refused.length === 0 ? 'the ledger has changed since; leave out --merge' : 'the store is damaged' // prettier-ignore
  throw new PeermergeError('ERR_INCOMPLETE', `merge ${merge ?? ''}: ${problem}; ${advice}`)
}

/** Removes the files that the merge has no use for. Those of equivocating peers stay: they are why older ones count. */
async function dropUnneeded(
  exported: readonly string[],
  { files, summary, uncounted }: OfflineMerge,
): Promise<readonly string[]> {
  const needed = new Set([...summary.cut, ...summary.equivocating])
  const unneeded = [...files.filter(({ id }) => !needed.has(id)), ...uncounted]
  const dropped = new Set(unneeded.map(({ file }) => file))
  for (const file of dropped) await rm(file)
  return exported.filter((file) => !dropped.has(file))
}

/**
 * Writes what a node has admitted, one file each: `<peer>-<sequence>-<id>.contribution`. Returns the paths.
 *
 * @param cut - ids of those to write. @default all
 * @throws as `exportHome`
 */
export async function exportContributions(
  paths: HomePaths,
  directory: string,
  cut?: readonly string[],
): Promise<readonly string[]> {
  return (await exportHome(paths, directory, { cut })).exported
}

/** Contributions as files, ledger and certificates of one moment. */
export interface ExportedHome extends Holdings {
  /** The files. */
  readonly exported: readonly string[]
}

/**
 * As {@link exportContributions}, with what they are merged by. Works while a node runs there, too.
 *
 * @throws as `readHoldings`; PeermergeError ERR_INCOMPLETE - a payload of the cut is not there, or damaged
 */
export async function exportHome(
  paths: HomePaths,
  directory: string,
  { cut, signal }: { readonly cut?: readonly string[] | undefined; readonly signal?: AbortSignal | undefined } = {}, // prettier-ignore
): Promise<ExportedHome> {
  const holdings = await readHoldings(paths, { ids: cut, signal })
  const { founding, statements, rounds, contributions } = holdings
  const wanted =
    cut === undefined ? contributions : heldPayloads(holdings, cut, rulesOf(founding, statements).roster)
  await makeDirectory(directory)
  const exported: string[] = []
  for (const one of wanted) exported.push(await exportOne(directory, one))
  return { founding, statements, rounds, contributions: wanted, exported }
}

async function exportOne(
  directory: string,
  { id, header, envelope, payload }: HeldContribution,
): Promise<string> {
  const name = `${header.peer}-${header.sequence}-${id.slice(0, 12)}${CONTRIBUTION_SUFFIX}`
  const { size, chunks: digests } = header.payload
  const source = chunkSource({ size, chunkBytes: CHUNK_BYTES, digests, paths: payload })
  await writeContributionFile(join(directory, name), envelope, readWhole(id, source))
  return join(directory, name)
}

function readWhole(id: string, source: ByteSource): Uint8Array {
  try {
    return source.read(0, source.size)
  } catch (cause) {
    if (!(cause instanceof CorruptChunkError)) throw cause
    throw new PeermergeError('ERR_INCOMPLETE', `contribution ${id}: a part is damaged; run the node to fetch it again`, { id }, { cause }) // prettier-ignore
  }
}
