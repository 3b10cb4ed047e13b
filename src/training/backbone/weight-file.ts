import type { Safetensors, Tensor } from '../../merge/index.ts'
import { BackboneError } from '../errors.ts'
import { corruptFile, openSafetensorsFile } from './safetensors-on-disk.ts'
import type { OpenSafetensors } from './safetensors-on-disk.ts'
import { WEIGHT_INDEX, weightLayout } from './weight-layout.ts'
import type { WeightLayout } from './weight-layout.ts'

/** The weights of a backbone, in one file or in shards: read one tensor at a time, F32, F16 or BF16, as float32. */
export interface WeightFile {
  readonly names: readonly string[]
  /** @throws BackboneError - no such tensor, another shape than expected, not floating point, a value that is not finite */
  read(name: string, shape: readonly number[]): Tensor
}

/**
 * Opens the weights for the time of `use` and closes them again.
 *
 * @throws BackboneError - a file is missing, truncated or not safetensors, an index names what is not there, or `use` throws one
 */
export function withWeightFile<T>(dir: string, use: (file: WeightFile) => T): T {
  const layout = weightLayout(dir)
  const opened: OpenSafetensors[] = []
  try {
    for (const shard of layout.shards) opened.push(openSafetensorsFile(dir, shard))
    const homes = locate(dir, layout, opened)
    return use({
      names: [...homes.keys()],
      read: (name, shape) => readTensor(dir, homes.get(name), name, shape, layout),
    })
  } finally {
    for (const file of opened) file.close()
  }
}

/** Every tensor by name with the file that holds it. */
function locate(
  dir: string,
  { shardOf }: WeightLayout,
  opened: readonly OpenSafetensors[],
): Map<string, OpenSafetensors> {
  if (shardOf === undefined) {
    return new Map(opened.flatMap((file) => [...file.tensors.entries.keys()].map((name) => [name, file])))
  }
  const byName = new Map(opened.map((file) => [file.name, file]))
  return new Map(
    [...shardOf].map(([name, shard]) => {
      const file = byName.get(shard)!
      if (!file.tensors.entries.has(name)) {
        const problem = `${WEIGHT_INDEX} says that tensor ${JSON.stringify(name)} is in ${shard}, where it is not`
        throw new BackboneError(dir, problem, { tensor: name, shard })
      }
      return [name, file]
    }),
  )
}

function readTensor(
  dir: string,
  home: OpenSafetensors | undefined,
  name: string,
  shape: readonly number[],
  { files }: WeightLayout,
): Tensor {
  const wanted = `config.json promises [${shape.join(', ')}]`
  const fail = (problem: string): never => {
    throw new BackboneError(dir, `tensor ${name} ${problem}`, { tensor: name, shape })
  }
  const file = home ?? fail(`is missing from ${files[0]}; ${wanted}`)
  const entry = file.tensors.entries.get(name)!
  if (entry.shape.join() !== shape.join()) fail(`has shape [${entry.shape.join(', ')}]; ${wanted}`)
  const tensor = decode(dir, file.name, file.tensors, name)
  if (!tensor.data.every(Number.isFinite)) fail('holds a value that is not finite')
  return tensor
}

function decode(dir: string, file: string, tensors: Safetensors, name: string): Tensor {
  try {
    return tensors.tensor(name)
  } catch (error) {
    throw corruptFile(dir, file, error)
  }
}
