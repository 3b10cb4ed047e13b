import { MalformedError, ShapeMismatchError } from '../../errors.ts'
import { AdapterFormError } from '../errors.ts'
import { packedLength } from '../../merge/index.ts'
import type { Tensor, TensorMap } from '../../merge/index.ts'

/** A tensor of a model's state, in the shape that the adapter needs. @throws MalformedError, ShapeMismatchError */
export function wireTensor(tensors: TensorMap, name: string, shape: readonly number[]): Tensor {
  const tensor = tensors.get(name)
  if (tensor === undefined)
    throw new MalformedError('adapter state', `tensor ${name} is missing`, { tensor: name })
  if (tensor.shape.join() !== shape.join()) throw new ShapeMismatchError(name, shape, tensor.shape)
  return tensor
}

/** One row per packed lower triangle: these diagonal blocks, each (size, size), of a (width, width) sum, as float32. */
export function packBlocks(
  sum: Float64Array,
  width: number,
  size: number,
  blocks: readonly number[],
): Float32Array {
  const data = new Float32Array(blocks.length * packedLength(size))
  let at = 0
  for (const block of blocks) {
    for (let i = block * size; i < (block + 1) * size; i++) {
      for (let j = block * size; j <= i; j++) data[at++] = sum[i * width + j]!
    }
  }
  return data
}

/** Whether a factor is the one that the charter's seed gives, to the last bit. @throws AdapterFormError */
export function assertSameFactor(module: string, factor: string, given: Tensor, frozen: Tensor): void {
  const at = frozen.data.findIndex((value, i) => value !== given.data[i])
  if (at < 0) return
  const problem =
    `its ${factor} is not the frozen ${factor} of the charter's seed (entry ${at} is ${given.data[at]}, ` +
    `the charter's is ${frozen.data[at]}); train from an adapter that this consortium has exported, with ${factor} frozen`
  throw new AdapterFormError(module, problem)
}
