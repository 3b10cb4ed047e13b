import type { Tensor } from '../../merge/index.ts'
import type { Graphs } from '../model/compiled-graphs.ts'
import { batches, batchSizeFor } from '../data/batches.ts'
import type { Batch } from '../data/batches.ts'
import type { SampleFormat, SampleSet } from '../data/samples.ts'
import type { Value } from '../graph/index.ts'
import { fromPrefix } from '../model/frozen-prefix.ts'
import type { KeptPrefix } from '../model/frozen-prefix.ts'
import type { BatchShape, Model } from '../model/model-graph.ts'

/** Samples in one batch of a pass without gradients; more would need more memory without being faster. */
export const BATCH = 32

export interface SamplePass {
  readonly model: Model
  readonly graphs: Graphs
  readonly samples: SampleSet
  /** Values fed besides the samples. */
  readonly values: ReadonlyMap<string, Float32Array>
  readonly signal?: AbortSignal | undefined
  /** The same samples with the activations of the frozen part of the backbone, where those are there. */
  readonly kept?: KeptPrefix | undefined
  /** Samples in a batch, the last one filled up. @default 32, or about as many as there are */
  readonly size?: number | undefined
}

/** What a pass reads: its samples, or where they are kept with the activations of the frozen part, those. */
interface Source extends Pick<SamplePass, 'samples'> {
  readonly format: SampleFormat
  readonly key: string
  readonly build: Build
}

type Build = (shape: BatchShape) => Record<string, Value>

export interface PassOutput {
  readonly batch: Batch
  readonly outputs: Readonly<Record<string, Tensor>>
}

/** Runs a graph over all samples, extent by extent, without changing anything. */
export async function* samplePass(pass: SamplePass, key: string, build: Build): AsyncGenerator<PassOutput> {
  const { graphs, values, signal, size = batchSizeFor(pass.samples.labels.length, BATCH) } = pass
  const source = sourceOf(pass, key, build)
  for (const batch of batches(source.samples, source.format, { size })) {
    signal?.throwIfAborted()
    const { extent, weights } = batch
    const feeds = { ...batch.feeds, weights, ...Object.fromEntries(values) }
    const graph = (): Record<string, Value> => source.build({ size, extent })
    yield { batch, outputs: await graphs.run(`${source.key}/${size}/${extent}`, graph, feeds) }
  }
}

function sourceOf({ model, samples, kept }: SamplePass, key: string, build: Build): Source {
  if (kept === undefined) return { samples, format: model.format, key, build }
  const { cut, ...read } = kept
  return { ...read, key: `${key} kept`, build: (shape) => fromPrefix(cut(shape), build(shape)) }
}
