import { createHash } from 'node:crypto'
import type { SampleSet } from '../data/samples.ts'
import type { Values } from './checkpoint.ts'
import type { CheckedOptions } from './train-options.ts'

/**
 * Names a training run by all that decides its course (sha2-256, hex), so that a checkpoint is never continued with something else:
 * model and data by `setting`, start values, labels and record sizes of the samples, options.
 */
export function runDigest(
  setting: string,
  start: Values,
  { labels, sizes }: SampleSet,
  options: CheckedOptions,
): string {
  const hash = createHash('sha256')
  const { personal = new Map<string, Uint8Array>(), ...said } = options
  hash.update(JSON.stringify({ setting, options: said }))
  for (const [name, mask] of personal) hash.update(`\n${name} ${mask.length}\n`).update(mask)
  for (const [name, data] of start) hash.update(`\n${name} ${data.length}\n`).update(bytesOf(data))
  for (const data of [labels, sizes]) hash.update(`\n${data.length}\n`).update(bytesOf(data))
  return hash.digest('hex')
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
