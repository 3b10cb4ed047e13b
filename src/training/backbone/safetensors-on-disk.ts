import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { openSafetensors } from '../../merge/index.ts'
import type { ByteSource, Safetensors } from '../../merge/index.ts'
import { BackboneError } from '../errors.ts'

/** A safetensors file that is open; its tensors are read when they are asked for. */
export interface OpenSafetensors {
  readonly name: string
  readonly tensors: Safetensors
  close(): void
}

/**
 * Opens a safetensors file of a backbone and checks its header; memory does not depend on what the header says.
 *
 * @throws BackboneError - the file is missing, truncated or not safetensors
 */
export function openSafetensorsFile(dir: string, name: string): OpenSafetensors {
  const descriptor = openFile(dir, name)
  try {
    const tensors = openSafetensors(fileSource(descriptor), name)
    return { name, tensors, close: () => closeSync(descriptor) }
  } catch (error) {
    closeSync(descriptor)
    throw corruptFile(dir, name, error)
  }
}

export function corruptFile(dir: string, name: string, cause: unknown): BackboneError {
  const problem = cause instanceof Error ? cause.message : String(cause)
  return new BackboneError(dir, `${name} is corrupt: ${problem}`, { file: name }, { cause })
}

function openFile(dir: string, name: string): number {
  const path = join(dir, name)
  try {
    if (!statSync(path).isFile()) throw new Error('it is no file') // opening a pipe would wait for ever
    return openSync(path, 'r')
  } catch (error) {
    const advice = 'a backbone needs its weights as safetensors'
    throw new BackboneError(dir, `${name} cannot be opened; ${advice}`, { file: name }, { cause: error })
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
