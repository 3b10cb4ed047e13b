import type { Tensor } from '../../merge/index.ts'
import type { Graphs } from '../model/compiled-graphs.ts'
import { batches, batchSizeFor } from '../data/batches.ts'
import type { Batch } from '../data/batches.ts'
import type { SampleSet } from '../data/samples.ts'
import type { Value } from '../graph/index.ts'
import type { BatchShape, Model } from '../model/model-graph.ts'
import type { KeptPrefix } from './kept-prefix.ts'

/** Samples in one batch of a pass without gradients; more would need more memory without being faster. */
export const BATCH = 32

export interface SamplePass {
  readonly model: Model
  readonly graphs: Graphs
  readonly samples: SampleSet
  /** What is kept of these samples, which then are records of it. @default everything is computed */
  readonly kept?: KeptPrefix | undefined
  /** Values fed besides the samples. */
  readonly values: ReadonlyMap<string, Float32Array>
  readonly signal?: AbortSignal | undefined
  /** Samples in a batch, the last one filled up. @default 32, or about as many as there are */
  readonly size?: number | undefined
}

export interface PassOutput {
  readonly batch: Batch
  readonly outputs: Readonly<Record<string, Tensor>>
}

/** Runs a graph over all samples, extent by extent, without changing anything. */
export async function* samplePass(
  {
    model,
    graphs,
    samples,
    kept,
    values,
    signal,
    size = batchSizeFor(samples.labels.length, BATCH),
  }: SamplePass,
  key: string,
  build: (shape: BatchShape) => Record<string, Value>,
): AsyncGenerator<PassOutput> {
  const full = kept === undefined ? key : `${key} kept`
  for (const batch of batches(samples, kept?.format ?? model.format, { size })) {
    signal?.throwIfAborted()
    const { extent, weights } = batch
    const feeds = { ...batch.feeds, weights, ...Object.fromEntries(values) }
    const shape = { size, extent }
    const graph = (): Record<string, Value> => kept?.shortened(build(shape), shape) ?? build(shape)
    yield { batch, outputs: await graphs.run(`${full}/${size}/${extent}`, graph, feeds) }
  }
}
