import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { openSafetensors } from '../../merge/index.ts'
import type { ByteSource, Safetensors, Tensor } from '../../merge/index.ts'
import { BackboneError } from '../errors.ts'

export const WEIGHT_FILE = 'model.safetensors'

/** `model.safetensors` of a backbone: read one tensor at a time, F32, F16 or BF16, as float32. */
export interface WeightFile {
  readonly names: readonly string[]
  /** @throws BackboneError - no such tensor, another shape than expected, not floating point, a value that is not finite */
  read(name: string, shape: readonly number[]): Tensor
}

/**
 * Opens the weights for the time of `use` and closes them again.
 *
 * @throws BackboneError - the file is missing, truncated or not safetensors, or `use` throws one
 */
export function withWeightFile<T>(dir: string, use: (file: WeightFile) => T): T {
  const descriptor = openFile(dir)
  try {
    const safetensors = openTensors(dir, fileSource(descriptor))
    return use({
      names: [...safetensors.entries.keys()],
      read: (name, shape) => readTensor(dir, safetensors, name, shape),
    })
  } finally {
    closeSync(descriptor)
  }
}

function openFile(dir: string): number {
  try {
    return openSync(join(dir, WEIGHT_FILE), 'r')
  } catch (error) {
    throw new BackboneError(dir, `${WEIGHT_FILE} cannot be opened`, { file: WEIGHT_FILE }, { cause: error })
  }
}

function openTensors(dir: string, source: ByteSource): Safetensors {
  try {
    return openSafetensors(source, WEIGHT_FILE)
  } catch (error) {
    throw corrupt(dir, error)
  }
}

function fileSource(descriptor: number): ByteSource {
  return {
    size: fstatSync(descriptor).size,
    read: (offset, length) => {
      const bytes = new Uint8Array(length)
      let filled = 0
      while (filled < length) {
        const count = readSync(descriptor, bytes, filled, length - filled, offset + filled)
        if (count === 0) break
        filled += count
      }
      return bytes.subarray(0, filled)
    },
  }
}

function readTensor(dir: string, file: Safetensors, name: string, shape: readonly number[]): Tensor {
  const wanted = `config.json promises [${shape.join(', ')}]`
  const fail = (problem: string): never => {
    throw new BackboneError(dir, `tensor ${name} ${problem}`, { tensor: name, shape })
  }
  const entry = file.entries.get(name) ?? fail(`is missing from ${WEIGHT_FILE}; ${wanted}`)
  if (entry.shape.join() !== shape.join()) fail(`has shape [${entry.shape.join(', ')}]; ${wanted}`)
  const tensor = decode(dir, file, name)
  if (!tensor.data.every(Number.isFinite)) fail('holds a value that is not finite')
  return tensor
}

function decode(dir: string, file: Safetensors, name: string): Tensor {
  try {
    return file.tensor(name)
  } catch (error) {
    throw corrupt(dir, error)
  }
}

function corrupt(dir: string, cause: unknown): BackboneError {
  const problem = cause instanceof Error ? cause.message : String(cause)
  return new BackboneError(dir, `${WEIGHT_FILE} is corrupt: ${problem}`, { file: WEIGHT_FILE }, { cause })
}
