import { readFile } from 'node:fs/promises'
import { memorySource, openSafetensors, writeSafetensors, type MergeResult, type Tensor } from '../merge/index.ts'
import type { ModelState } from '../training/index.ts'
import { writeFileAtomic } from './atomic-file.ts'
import { InvalidFileError } from './errors.ts'

/** What stands in the metadata of a merged model's file. */
export interface ModelProvenance {
  /** Digest of the merge, and of the charter it was computed under. */
  readonly merge: string
  readonly charter: string
  readonly generation: string
  /** Number of contributions in the cut. */
  readonly contributions: string
}

/** Writes a merge as one safetensors file: `adapter/<module>/…`, `classifier/weight`, `classifier/bias`. */
export async function writeModelFile(path: string, result: MergeResult, charter: string): Promise<void> {
  const metadata: ModelProvenance & Record<string, string> = {
    merge: result.digests.merge,
    charter,
    generation: String(result.generation),
    contributions: String(result.cut.length),
  }
  const { weight, bias } = result.classifier
  const tensors = new Map([...result.adapter, ['classifier/weight', weight], ['classifier/bias', bias]])
  await writeFileAtomic(path, writeSafetensors(tensors, { metadata }))
}

/** @throws InvalidFileError - unreadable, not safetensors, or without a classifier */
export async function readModelFile(path: string): Promise<ModelState> {
  try {
    const file = openSafetensors(memorySource(await readFile(path)), path)
    const tensors = new Map<string, Tensor>()
    for (const name of file.entries.keys()) tensors.set(name, file.tensor(name))
    const weight = take(tensors, 'classifier/weight')
    const bias = take(tensors, 'classifier/bias')
    return { adapter: tensors, classifier: { weight, bias } }
  } catch (cause) {
    throw new InvalidFileError(path, [`not a merged model (${(cause as Error).message})`], { cause })
  }
}

function take(tensors: Map<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name)
  if (tensor === undefined) throw new Error(`${name} is missing`)
  tensors.delete(name)
  return tensor
}
