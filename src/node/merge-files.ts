import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  memorySource,
  openSafetensors,
  writeSafetensors,
  type MergeResult,
  type Tensor,
} from '../merge/index.ts'
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
): Promise<string> {
  const path = join(directory, `${summary.digest}.safetensors`)
  await writeFileAtomic(path, stateBytes(result))
  await writeFileAtomic(join(directory, `${summary.digest}.json`), `${JSON.stringify(summary, null, 2)}\n`)
  await removeOld(directory, summary.digest)
  return path
}

/** A merge as one safetensors file; its metadata names the digest. */
export function stateBytes({ adapter, classifier, digests }: MergeResult): Uint8Array {
  const tensors = new Map<string, Tensor>(adapter)
  tensors.set('classifier/weight', classifier.weight)
  tensors.set('classifier/bias', classifier.bias)
  return writeSafetensors(tensors, { metadata: { format: 'peermerge-merge-1', merge: digests.merge } })
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

async function removeOld(directory: string, newest: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json'))
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(directory, name))).mtimeMs })),
  )
  const old = dated
    .filter(({ name }) => name !== `${newest}.json`)
    .sort((a, b) => b.at - a.at)
    .slice(KEPT_MERGES - 1)
  for (const { name } of old) {
    await rm(join(directory, name), { force: true })
    await rm(join(directory, name.replace(/json$/, 'safetensors')), { force: true })
  }
}
