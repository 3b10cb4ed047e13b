import { availableParallelism } from 'node:os'
import type { SkippedSample } from '../types.ts'
import type { RawSample } from './samples.ts'

/** Samples that are being encoded at once: enough to keep every processor busy while one is slow. */
const AHEAD = 4 * availableParallelism()

export interface EncodedSample {
  readonly sample: RawSample
  /** The record, or why there is none. */
  readonly record: Uint8Array | SkippedSample
}

/** Encodes samples, several at once, in their order; one that cannot be encoded comes with the reason instead. */
export async function* encodeSamples(
  samples: AsyncIterable<RawSample>,
  encode: (source: string) => Promise<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<EncodedSample> {
  const waiting: Promise<EncodedSample>[] = []
  for await (const sample of samples) {
    signal?.throwIfAborted()
    waiting.push(encodeOne(sample, encode))
    if (waiting.length >= AHEAD) yield waiting.shift()!
  }
  for (const encoded of waiting) {
    signal?.throwIfAborted()
    yield encoded
  }
}

async function encodeOne(
  sample: RawSample,
  encode: (source: string) => Promise<Uint8Array>,
): Promise<EncodedSample> {
  try {
    return { sample, record: await encode(sample.source) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { sample, record: { where: sample.where, reason } }
  }
}
