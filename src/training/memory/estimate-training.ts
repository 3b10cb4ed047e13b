import { adapterSet } from '../adapters/adapter-set.ts'
import { openBackbone } from '../backbone/open-backbone.ts'
import { DEFAULT_MEMORY_BYTES } from '../data/memory-budget.ts'
import { sizeOf } from '../graph/shape.ts'
import { cutTrainingGraph } from '../model/frozen-prefix.ts'
import { featureGraph, trainedParameters, trainingGraph, type GraphModel } from '../model/model-graph.ts'
import { KEPT_MEMORY_BYTES } from '../passes/kept-activations.ts'
import { keptBytes } from '../passes/keep-prefix.ts'
import { batchSizeFor } from '../data/batches.ts'
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
 * About how much memory a trainer's process takes at its peak, from shapes alone: no weight is read and nothing is run. Texts are taken to be as
 * long as they may be.
 *
 *   runtime + 5 · weights + samples + kept + 6 · trained + 1.4 · (values of the training graph + of the passes beside it)
 *
 * Measured with vision transformers of 0.1 to 86 million weights, batches of 8 to 32 and images of 32² to 224²: 0.9 to 1.2 of the peak resident
 * memory; `memory-estimate.test.ts` holds it to a factor of 1.6. Models that sites keep to themselves (FedALT) are not counted.
 *
 * @throws BackboneError - the backbone cannot be used
 */
export async function estimateTraining({
  model: spec,
  batchSize,
  samples,
  isAugmented,
}: EstimatedTraining): Promise<TrainingMemory> {
  const model = await weightless(spec)
  const trained = trainedParameters(model).reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const weights = [...model.weights.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const perSample = isAugmented ? undefined : keptBytes(model, spec.extent)
  const isKept = perSample !== undefined
  return {
    runtime: RUNTIME_BYTES,
    backbone: WEIGHT_COPIES * FLOAT_BYTES * weights,
    samples: Math.min(samples * recordBytes(model), DEFAULT_MEMORY_BYTES),
    kept: isKept ? Math.min(samples * perSample, KEPT_MEMORY_BYTES) : 0,
    trained: TRAINED_COPIES * FLOAT_BYTES * trained,
    activations: Math.round(
      ARENA * activations(model, batchSizeFor(Math.max(1, samples), batchSize), isKept),
    ),
  }
}

function activations(model: GraphModel, batchSize: number, isKept: boolean): number {
  const { extent } = model
  const training = { size: batchSize, extent }
  const pass = { size: BATCH, extent }
  const measured = peakBytes(Object.values(featureGraph(model, pass, true)))
  if (!isKept) return peakBytes(Object.values(trainingGraph(model, training))) + measured
  const { rest } = cutTrainingGraph(model, training)!
  const { prefix } = cutTrainingGraph(model, pass)!
  return peakBytes(Object.values(rest)) + peakBytes(Object.values(prefix)) + measured
}

function recordBytes({ backbone: { modality }, extent }: GraphModel): number {
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
