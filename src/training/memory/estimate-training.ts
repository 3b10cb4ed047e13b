import { adapterSet } from '../adapters/adapter-set.ts'
import { openBackbone } from '../backbone/open-backbone.ts'
import { batchSizeFor } from '../data/batches.ts'
import { DEFAULT_MEMORY_BYTES } from '../data/memory-budget.ts'
import { sizeOf } from '../graph/shape.ts'
import { cutTrainingGraph } from '../model/frozen-prefix.ts'
import {
  featureGraph,
  trainedParameters,
  trainingGraph,
  type BatchShape,
  type GraphModel,
} from '../model/model-graph.ts'
import { KEPT_MEMORY_BYTES } from '../passes/kept-activations.ts'
import { keptBytes } from '../passes/keep-prefix.ts'
import { BATCH } from '../passes/sample-pass.ts'
import type { ModelSpec } from '../types.ts'
import { peakBytes } from './peak-bytes.ts'

const FLOAT_BYTES = 4
/** A process with its runtime and graphs of a model without any size. */
const RUNTIME_BYTES = 220e6
/** Frozen weights as they are read, and in the graphs that train, measure and evaluate; some lie there twice. */
const WEIGHT_COPIES = 5
/** Values, slopes, two means of the optimizer, and what is sent between the processes. */
const TRAINED_COPIES = 6
/** What the runtime's arena takes over the values that are there at once. */
const ARENA = 1.4

export interface EstimatedTraining {
  readonly model: ModelSpec
  /** Of batches; texts of several lengths have a graph for each. */
  readonly extents: readonly number[]
  readonly batchSize: number
  /** Of this site, held-out ones included; few take smaller batches. */
  readonly samples: number
  /** Whether images change from epoch to epoch, so that nothing that is computed of them is kept. */
  readonly isAugmented: boolean
}

/** About how many bytes a training process takes at most, part by part. */
export interface TrainingMemory {
  /** The process and its runtime, before any model. */
  readonly runtime: number
  /** Frozen weights, as they are read and as graphs hold them. */
  readonly backbone: number
  /** Encoded samples; beyond a limit they are in a temporary file. */
  readonly samples: number
  /** Activations of layers below the lowest adapter, which are computed once a sample; likewise. */
  readonly kept: number
  /** What is trained, its slopes, and the optimizer's means. */
  readonly trained: number
  /** Of a batch, while it trains and while it is measured. */
  readonly activations: number
}

/**
 * About how much memory a trainer's process takes at its peak, from shapes alone: no weight is read and nothing is run.
 *
 *   runtime + samples + kept + 6 · trained + Σ over extents (5 · weights + 1.4 · (values of the training graph + of the passes beside it))
 *
 * Measured with vision transformers of 0.1 to 86 million weights, batches of 8 to 32, images of 32² to 224², and BERT of 5 million with texts of
 * up to 65 tokens: 0.9 to 1.2 of the peak resident memory; `memory-estimate.test.ts` holds it to a factor of 1.6. Models that sites keep to
 * themselves (FedALT) are not counted.
 *
 * @throws BackboneError - the backbone cannot be used
 */
export async function estimateTraining({
  model: spec,
  extents,
  batchSize,
  samples,
  isAugmented,
}: EstimatedTraining): Promise<TrainingMemory> {
  const model = await weightless(spec)
  const longest = Math.max(...extents)
  const trained = trainedParameters(model).reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const weights = [...model.weights.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const perSample = isAugmented ? undefined : keptBytes(model, longest)
  const isKept = perSample !== undefined
  const size = batchSizeFor(Math.max(1, samples), batchSize)
  const batches = extents.map((extent) => activations(model, { size, extent }, isKept))
  return {
    runtime: RUNTIME_BYTES,
    backbone: extents.length * WEIGHT_COPIES * FLOAT_BYTES * weights,
    samples: Math.min(samples * recordBytes(model, longest), DEFAULT_MEMORY_BYTES),
    kept: isKept ? Math.min(samples * perSample, KEPT_MEMORY_BYTES) : 0,
    trained: TRAINED_COPIES * FLOAT_BYTES * trained,
    activations: Math.round(ARENA * batches.reduce((sum, bytes) => sum + bytes, 0)),
  }
}

function activations(model: GraphModel, training: BatchShape, isKept: boolean): number {
  const pass = { ...training, size: BATCH }
  const measured = peakBytes(Object.values(featureGraph(model, pass, true)))
  if (!isKept) return peakBytes(Object.values(trainingGraph(model, training))) + measured
  const { rest } = cutTrainingGraph(model, training)!
  const { prefix } = cutTrainingGraph(model, pass)!
  return peakBytes(Object.values(rest)) + peakBytes(Object.values(prefix)) + measured
}

function recordBytes({ backbone: { modality } }: GraphModel, extent: number): number {
  return modality === 'image' ? 3 * extent * extent : FLOAT_BYTES * extent
}

/** A model whose weights have shapes and no values: enough for its graphs. */
async function weightless({
  backbone: dir,
  extent,
  adapter,
  modules,
  classes,
}: ModelSpec): Promise<GraphModel> {
  const backbone = await openBackbone(dir)
  const shapes = [...backbone.parameters(extent)]
  const zeros = new Float32Array(Math.max(...shapes.map(([, shape]) => sizeOf(shape))))
  const weights = new Map(
    shapes.map(([name, shape]) => [name, { shape, data: zeros.subarray(0, sizeOf(shape)) }]),
  )
  return { backbone, weights, adapter: adapterSet(adapter, modules), extent, classes }
}
