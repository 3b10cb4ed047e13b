import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  memorySource,
  openSafetensors,
  safetensorsParts,
  writeSafetensors,
  type AdapterSpec,
  type MergeResult,
  type MergeSpec,
  type Tensor,
} from '../merge/index.ts'
import { PeermergeError } from '../errors.ts'
import type { ModelState } from '../training/index.ts'
import { writeFileAtomic } from './atomic-file.ts'
import { readClaim } from './merge-claim.ts'
import type { MergeSummary } from './types.ts'

/** Which merges stay on disk; any of them can be computed again from the contributions in its cut. */
export interface KeptMerges {
  /** So many, newest first. */
  readonly merges: number
  /** Digests of those that stay besides. */
  readonly pinned: readonly string[]
}

/**
 * Keeps a merge as `<digest>.safetensors` (adapter under its wire names, `classifier/weight`, `classifier/bias`) and
 * `<digest>.json` (the summary). Returns the path of the tensors.
 */
export async function saveMerge(
  directory: string,
  result: MergeResult,
  summary: MergeSummary,
  origin: MergeOrigin,
  keep: KeptMerges = { merges: 4, pinned: [] },
): Promise<string> {
  const path = join(directory, `${summary.digest}.safetensors`)
  await writeFileAtomic(path, mergeParts(result, origin))
  await writeFileAtomic(join(directory, `${summary.digest}.json`), `${JSON.stringify(summary, null, 2)}\n`)
  await removeOld(directory, summary.digest, keep)
  return path
}

/** What a merge was computed by; goes into the metadata of its file. */
export interface MergeOrigin {
  /** Digest of the charter. */
  readonly charter: string
  readonly spec: Pick<MergeSpec, 'rule' | 'classes' | 'tasks'>
}

/** A merge as one safetensors file. Its metadata names the digest, the adapter that the tensors are a state of, and the classes. */
export function mergeBytes(result: MergeResult, origin: MergeOrigin): Uint8Array {
  return stateBytes(result, mergeMetadata(result, origin))
}

/** The same in parts: large merges are written without another copy. */
function mergeParts(result: MergeResult, origin: MergeOrigin): readonly Uint8Array[] {
  return safetensorsParts(stateTensors(result), { metadata: mergeMetadata(result, origin) })
}

function mergeMetadata(
  { digests, adapterSpec }: MergeResult,
  { charter, spec }: MergeOrigin,
): Readonly<Record<string, string>> {
  return {
    format: 'peermerge-merge-1',
    merge: digests.merge,
    charter,
    rule: spec.rule,
    ...modelMetadata(adapterSpec, spec),
  }
}

/** What the file of a state says in its metadata of the model: of which adapter it is a state, and what the rows of its classifier are. */
export function modelMetadata(
  adapter: AdapterSpec,
  { classes, tasks }: Pick<MergeSpec, 'classes' | 'tasks'>,
): Readonly<Record<string, string>> {
  return {
    adapter: JSON.stringify(adapter),
    classes: JSON.stringify(classes),
    ...(tasks !== undefined && { tasks: JSON.stringify(tasks) }),
  }
}

/** A state as one safetensors file: the adapter under its wire names, `classifier/weight`, `classifier/bias`. */
export function stateBytes(state: ModelState, metadata: Readonly<Record<string, string>>): Uint8Array {
  return writeSafetensors(stateTensors(state), { metadata })
}

/** The tensors of a state by their names in a file. */
export function stateTensors({ adapter, classifier }: ModelState): ReadonlyMap<string, Tensor> {
  const tensors = new Map<string, Tensor>(adapter)
  return tensors.set('classifier/weight', classifier.weight).set('classifier/bias', classifier.bias)
}

/** Digests of the merges that are kept, newest first. */
export async function keptMerges(directory: string): Promise<readonly string[]> {
  const dated = await datedSummaries(directory).catch(() => [])
  return dated.map(({ name }) => name.replace(/\.json$/, ''))
}

/** Digest of the merge that was kept last. @throws PeermergeError ERR_NO_MERGE - there is none yet */
export async function newestMerge(directory: string): Promise<string> {
  const [newest] = await keptMerges(directory)
  if (newest !== undefined) return newest
  const advice = 'run the node until it has merged, or give --state FILE'
  throw new PeermergeError('ERR_NO_MERGE', `${directory}: no merge is kept there; ${advice}`, { directory })
}

/** Reads a state that `saveMerge` or an export wrote. @throws MalformedError */
export async function loadState(path: string): Promise<ModelState> {
  const file = openSafetensors(memorySource(await readFile(path)), path)
  const names = [...file.entries.keys()].filter((name) => name.startsWith('adapter/'))
  return {
    adapter: new Map(names.map((name) => [name, file.tensor(name)])),
    classifier: { weight: file.tensor('classifier/weight'), bias: file.tensor('classifier/bias') },
  }
}

/** Ids of the contributions that the merges on disk were made of: of all, and of those pinned. */
export async function behindMerges(
  directory: string,
  pinned: readonly string[],
): Promise<{ readonly kept: ReadonlySet<string>; readonly pinned: ReadonlySet<string> }> {
  const behind = { kept: new Set<string>(), pinned: new Set<string>() }
  for (const { name } of await datedSummaries(directory)) {
    const { cut = [], equivocating = [] } = await readClaim(join(directory, name))
    const sets = pinned.includes(name.replace(/\.json$/, '')) ? [behind.kept, behind.pinned] : [behind.kept]
    for (const set of sets) for (const id of [...cut, ...equivocating]) set.add(id)
  }
  return behind
}

/** Summaries of merges, newest first. */
async function datedSummaries(directory: string): Promise<{ name: string; at: number }[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json'))
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(directory, name))).mtimeMs })),
  )
  return dated.sort((a, b) => b.at - a.at)
}

async function removeOld(directory: string, newest: string, { merges, pinned }: KeptMerges): Promise<void> {
  const stays = new Set([newest, ...pinned].map((digest) => `${digest}.json`))
  const dated = await datedSummaries(directory)
  const old = dated.filter(({ name }) => !stays.has(name)).slice(merges - 1)
  for (const { name } of old) {
    await rm(join(directory, name), { force: true })
    await rm(join(directory, name.replace(/json$/, 'safetensors')), { force: true })
  }
}
