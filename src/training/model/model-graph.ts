import type { TensorMap } from '../../merge/index.ts'
import type { Parameter } from '../adapters/adapter.ts'
import type { AdapterSet, AttachedSet } from '../adapters/adapter-set.ts'
import type { Backbone, GraphInputs } from '../backbone/backbone.ts'
import type { SampleFormat } from '../data/samples.ts'
import {
  add,
  broadcastTo,
  constant,
  crossEntropy,
  gradients,
  input,
  linear,
  mul,
  reshape,
} from '../graph/index.ts'
import type { Value } from '../graph/index.ts'
import { sampleInputs } from './sample-inputs.ts'

/** The model as data: what a graph is built from. Weights are constants, so the backbone is frozen. */
export interface Model {
  readonly backbone: Backbone
  readonly weights: TensorMap
  readonly adapter: AdapterSet
  /** Largest extent of a batch. */
  readonly extent: number
  readonly format: SampleFormat
  readonly classes: number
}

/** What the graphs depend on; how samples become numbers is not among it. */
export type GraphModel = Omit<Model, 'format' | 'backbone'> & { readonly backbone: Omit<Backbone, 'format'> }

/** What a graph is compiled for: samples in a batch, and their extent. */
export interface BatchShape {
  readonly size: number
  readonly extent: number
}

export const CLASSIFIER_WEIGHT = 'classifier/weight'
export const CLASSIFIER_BIAS = 'classifier/bias'

/** Input of the training graph that shuts classes out of the loss. */
export const CLASS_OFFSETS = 'class-offsets'

/** Prefix of the outputs of the training graph that are slopes by a parameter. */
export const GRADIENT = 'gradient/'

/** Everything that training changes: the adapter's parameters and the classifier. */
export function trainedParameters({ adapter, backbone, classes }: GraphModel): Parameter[] {
  return [
    ...adapter.parameters,
    { name: CLASSIFIER_WEIGHT, shape: [classes, backbone.features] },
    { name: CLASSIFIER_BIAS, shape: [classes] },
  ]
}

/**
 * One training step without its update: mean cross entropy of a batch and its slope by every trained parameter.
 *
 * Feeds: the samples (sample-inputs.ts), labels (size) i32, weights (size), class-offsets (classes) that
 * are added to the logits, every parameter by its name.
 * Outputs: loss (), gradient/<name> in the parameter's shape.
 */
export function trainingGraph(model: GraphModel, shape: BatchShape): Record<string, Value> {
  const { size } = shape
  const parameters = inputs(trainedParameters(model))
  const samples = sampleInputs(model.backbone.modality, shape)
  const features = featuresValue(model, samples, attach(model, parameters), true)
  const free = linear(features, parameters.get(CLASSIFIER_WEIGHT)!, parameters.get(CLASSIFIER_BIAS))
  const logits = add(free, input(CLASS_OFFSETS, [model.classes]))
  const loss = crossEntropy(logits, input('labels', [size], 'i32'), input('weights', [size]))

  const names = [...parameters.keys()]
  const slopes = gradients(loss, [...parameters.values()])
  return { loss, ...Object.fromEntries(names.map((name, i) => [GRADIENT + name, slopes[i]!])) }
}

/**
 * Classifier inputs of a batch, with the adapter or of the frozen backbone.
 *
 * Feeds: the samples, and with the adapter its parameters. Outputs: features (size, features).
 */
export function featureGraph(model: GraphModel, shape: BatchShape, adapted: boolean): Record<string, Value> {
  const attached = adapted ? attach(model, inputs(model.adapter.parameters)) : undefined
  return { features: featuresValue(model, sampleInputs(model.backbone.modality, shape), attached, true) }
}

/**
 * The merge rule's statistics of a batch at every target module, summed over all tokens of its samples.
 *
 * Feeds: the samples, weights, the adapter's parameters. Outputs: by the names that the adapters give; none where they have none.
 *
 * @param aStays - LoRA's A stays as it is, although the adapter trains both factors
 */
export function statisticsGraph(model: GraphModel, shape: BatchShape, aStays = false): Record<string, Value> {
  const attached = attach(model, inputs(model.adapter.parameters))
  const samples = sampleInputs(model.backbone.modality, shape)
  featuresValue(model, samples, attached, false)
  const weights = input('weights', [shape.size])
  const maskOf = (rows: number): Value => rowMask(weights, samples.get('mask'), rows)
  return Object.fromEntries(attached.statistics(maskOf, aStays))
}

/** A layer input that several target modules share, inside a graph. */
export interface SharedInput {
  readonly modules: readonly string[]
  /** (rows, in) */
  readonly x: Value
  /** (rows, 1): 1 for a row of a sample, 0 for filling. */
  readonly mask: Value
}

/**
 * Inputs of these modules for a batch, each once, in the order in which the graph meets them; with the adapter, or of the frozen
 * backbone. Feeds: the samples, weights, and with the adapter its parameters.
 */
export function moduleInputs(
  model: Model,
  shape: BatchShape,
  adapted: boolean,
  modules: readonly string[],
  parameters = adapterInputs(model),
): SharedInput[] {
  const attached = adapted ? attach(model, parameters) : undefined
  const samples = sampleInputs(model.backbone.modality, shape)
  const met = new Map<Value, string[]>()
  const hook: AttachedSet['linear'] = (module, x, weight, bias) => {
    if (modules.includes(module)) met.set(x, [...(met.get(x) ?? []), module])
    return attached === undefined ? linear(x, weight, bias) : attached.linear(module, x, weight, bias)
  }
  featuresValue(model, samples, { linear: hook }, false)
  const weights = input('weights', [shape.size])
  return [...met].map(([x, names]) => {
    return { modules: names, x, mask: rowMask(weights, samples.get('mask'), x.shape[0]!) }
  })
}

/** A graph's inputs for the adapter's parameters, by name. */
export function adapterInputs({ adapter }: GraphModel): ReadonlyMap<string, Value> {
  return inputs(adapter.parameters)
}

function inputs(parameters: readonly Parameter[]): Map<string, Value> {
  return new Map(parameters.map(({ name, shape }) => [name, input(name, shape)]))
}

function attach({ adapter }: GraphModel, parameters: ReadonlyMap<string, Value>): AttachedSet {
  return adapter.attach((name) => parameters.get(name)!)
}

function featuresValue(
  { backbone, weights }: GraphModel,
  samples: GraphInputs,
  attached: Pick<AttachedSet, 'linear'> | undefined,
  prune: boolean,
): Value {
  const weight = (name: string): Value => {
    const { data, shape } = weights.get(name)!
    return constant(data, shape, name)
  }
  return backbone.graph(
    samples,
    { weight, linear: attached?.linear ?? ((_module, x, w, b) => linear(x, w, b)) },
    { prune },
  )
}

/**
 * 1 for every row that belongs to a sample, 0 for every row of filling; rows are sample-major. (rows, 1)
 * A layer that sees every token of texts has a row for each token, and those that only fill a text up count as filling.
 */
function rowMask(weights: Value, mask: Value | undefined, rows: number): Value {
  const size = weights.shape[0]!
  const bySample = reshape(weights, [size, 1])
  const isByToken = mask !== undefined && rows === size * mask.shape[1]!
  const byRow = isByToken ? mul(mask, bySample) : broadcastTo(bySample, [size, rows / size])
  return reshape(byRow, [rows, 1])
}
