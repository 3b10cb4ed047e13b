import type { Tensor } from '../../merge/index.ts'
import type { CompiledGraphs } from '../model/compiled-graphs.ts'
import { batches } from '../data/batches.ts'
import type { Batch } from '../data/batches.ts'
import type { ImageSet } from '../data/dataset.ts'
import type { Value } from '../graph/index.ts'
import type { Model } from '../model/model-graph.ts'

/** Images in one batch of a pass without gradients; more would need more memory without being faster. */
const BATCH = 32

export interface ImagePass {
  readonly model: Model
  readonly graphs: CompiledGraphs
  readonly images: ImageSet
  /** Values fed besides the images. */
  readonly values: ReadonlyMap<string, Float32Array>
  readonly signal?: AbortSignal | undefined
}

export interface PassOutput {
  readonly batch: Batch
  readonly outputs: Readonly<Record<string, Tensor>>
}

/** Runs a graph over all images in their order, without changing anything. */
export async function* imagePass(
  { model, graphs, images, values, signal }: ImagePass,
  key: string,
  build: (size: number) => Record<string, Value>,
): AsyncGenerator<PassOutput> {
  const size = Math.min(BATCH, images.labels.length)
  for (const batch of batches(images, model.backbone.preprocessing, { size })) {
    signal?.throwIfAborted()
    const { pixels, weights } = batch
    const feeds = { pixels, weights, ...Object.fromEntries(values) }
    yield { batch, outputs: await graphs.run(`${key}/${size}`, () => build(size), feeds) }
  }
}
