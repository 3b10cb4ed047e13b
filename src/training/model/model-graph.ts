import type { TensorMap } from '../../merge/index.ts'
import type { Parameter } from '../adapters/adapter.ts'
import type { AdapterSet, AttachedSet } from '../adapters/adapter-set.ts'
import type { Backbone } from '../backbone/backbone.ts'
import { constant, crossEntropy, gradients, input, linear, broadcastTo, reshape } from '../graph/index.ts'
import type { Value } from '../graph/index.ts'

/** The model as data: what a graph is built from. Weights are constants, so the backbone is frozen. */
export interface Model {
  readonly backbone: Backbone
  readonly weights: TensorMap
  readonly adapter: AdapterSet
  readonly imageSize: number
  readonly classes: number
}

export const CLASSIFIER_WEIGHT = 'classifier/weight'
export const CLASSIFIER_BIAS = 'classifier/bias'

/** Prefix of the outputs of the training graph that are slopes by a parameter. */
export const GRADIENT = 'gradient/'

/** Everything that training changes: the adapter's parameters and the classifier. */
export function trainedParameters({ adapter, backbone, classes }: Model): Parameter[] {
  return [
    ...adapter.parameters,
    { name: CLASSIFIER_WEIGHT, shape: [classes, backbone.features] },
    { name: CLASSIFIER_BIAS, shape: [classes] },
  ]
}

/**
 * One training step without its update: mean cross entropy of a batch and its slope by every trained parameter.
 *
 * Feeds: pixels (size, 3, side, side), labels (size) i32, weights (size), every parameter by its name.
 * Outputs: loss (), gradient/<name> in the parameter's shape.
 */
export function trainingGraph(model: Model, size: number): Record<string, Value> {
  const parameters = inputs(trainedParameters(model))
  const features = featuresValue(model, size, attach(model, parameters), true)
  const logits = linear(features, parameters.get(CLASSIFIER_WEIGHT)!, parameters.get(CLASSIFIER_BIAS))
  const loss = crossEntropy(logits, input('labels', [size], 'i32'), input('weights', [size]))

  const names = [...parameters.keys()]
  const slopes = gradients(loss, [...parameters.values()])
  return { loss, ...Object.fromEntries(names.map((name, i) => [GRADIENT + name, slopes[i]!])) }
}

/**
 * Classifier inputs of a batch, with the adapter or of the frozen backbone.
 *
 * Feeds: pixels, and with the adapter its parameters. Outputs: features (size, features).
 */
export function featureGraph(model: Model, size: number, adapted: boolean): Record<string, Value> {
  const attached = adapted ? attach(model, inputs(model.adapter.parameters)) : undefined
  return { features: featuresValue(model, size, attached, true) }
}

/**
 * The merge rule's statistics of a batch at every target module, summed over all tokens of its images.
 *
 * Feeds: pixels, weights, the adapter's parameters. Outputs: by the names that the adapters give; none where they have none.
 */
export function statisticsGraph(model: Model, size: number): Record<string, Value> {
  const attached = attach(model, inputs(model.adapter.parameters))
  featuresValue(model, size, attached, false)
  const weights = input('weights', [size])
  return Object.fromEntries(attached.statistics((rows) => rowMask(weights, size, rows)))
}

function inputs(parameters: readonly Parameter[]): Map<string, Value> {
  return new Map(parameters.map(({ name, shape }) => [name, input(name, shape)]))
}

function attach({ adapter }: Model, parameters: ReadonlyMap<string, Value>): AttachedSet {
  return adapter.attach((name) => parameters.get(name)!)
}

function featuresValue(model: Model, size: number, attached: AttachedSet | undefined, prune: boolean): Value {
  const { backbone, weights, imageSize } = model
  const pixels = input('pixels', [size, 3, imageSize, imageSize])
  const weight = (name: string): Value => {
    const { data, shape } = weights.get(name)!
    return constant(data, shape, name)
  }
  return backbone.graph(
    pixels,
    { weight, linear: attached?.linear ?? ((_module, x, w, b) => linear(x, w, b)) },
    { prune },
  )
}

/** 1 for every row (token) of an image, 0 for every row of filling; rows are image-major. (rows, 1) */
function rowMask(weights: Value, size: number, rows: number): Value {
  return reshape(broadcastTo(reshape(weights, [size, 1]), [size, rows / size]), [rows, 1])
}
