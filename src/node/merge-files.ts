import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  memorySource,
  openSafetensors,
  safetensorsParts,
  writeSafetensors,
  type MergeResult,
  type MergeSpec,
  type Tensor,
} from '../merge/index.ts'
import { PeermergeError } from '../errors.ts'
import type { ModelState } from '../training/index.ts'
import { writeFileAtomic } from './atomic-file.ts'
import type { MergeSummary } from './types.ts'

/** Merges kept on disk, newest first; any of them can be computed again from the contributions in its cut. */
export const KEPT_MERGES = 4

/**
 * Keeps a merge as `<digest>.safetensors` (adapter under its wire names, `classifier/weight`, `classifier/bias`) and
 * `<digest>.json` (the summary). Returns the path of the tensors.
 */
export async function saveMerge(
  directory: string,
  result: MergeResult,
  summary: MergeSummary,
  origin: MergeOrigin,
): Promise<string> {
  const path = join(directory, `${summary.digest}.safetensors`)
  await writeFileAtomic(path, mergeParts(result, origin))
  await writeFileAtomic(join(directory, `${summary.digest}.json`), `${JSON.stringify(summary, null, 2)}\n`)
  await removeOld(directory, summary.digest)
  return path
}

/** What a merge was computed by; goes into the metadata of its file. */
export interface MergeOrigin {
  /** Digest of the charter. */
  readonly charter: string
  readonly spec: Pick<MergeSpec, 'rule' | 'classes'>
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
    adapter: JSON.stringify(adapterSpec),
    classes: JSON.stringify(spec.classes),
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

/** Digest of the merge that was kept last. @throws PeermergeError ERR_NO_MERGE - there is none yet */
export async function newestMerge(directory: string): Promise<string> {
  const [newest] = await datedSummaries(directory).catch(() => [])
  if (newest !== undefined) return newest.name.replace(/\.json$/, '')
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

/** Summaries of merges, newest first. */
async function datedSummaries(directory: string): Promise<{ name: string; at: number }[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json'))
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(directory, name))).mtimeMs })),
  )
  return dated.sort((a, b) => b.at - a.at)
}

async function removeOld(directory: string, newest: string): Promise<void> {
  const dated = await datedSummaries(directory)
  const old = dated.filter(({ name }) => name !== `${newest}.json`).slice(KEPT_MERGES - 1)
  for (const { name } of old) {
    await rm(join(directory, name), { force: true })
    await rm(join(directory, name.replace(/json$/, 'safetensors')), { force: true })
  }
}
