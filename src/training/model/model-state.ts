import { wireTensor } from '../adapters/wire-tensor.ts'
import { CLASSIFIER_BIAS, CLASSIFIER_WEIGHT } from './model-graph.ts'
import type { Model } from './model-graph.ts'
import type { ModelState } from '../types.ts'

/**
 * Values of everything that is trained, from a model or, with null, from the charter's start. Copies: the model stays as it is.
 *
 * @throws MalformedError, ShapeMismatchError - the state is of another model
 */
export function valuesOf(model: Model, from: ModelState | null): Map<string, Float32Array> {
  const { classes, backbone, adapter } = model
  const classifier =
    from &&
    new Map([
      [CLASSIFIER_WEIGHT, from.classifier.weight],
      [CLASSIFIER_BIAS, from.classifier.bias],
    ])
  const start = (name: string, shape: readonly number[]): Float32Array =>
    classifier
      ? wireTensor(classifier, name, shape).data.slice()
      : new Float32Array(shape.reduce((product, extent) => product * extent, 1))
  return new Map([
    ...adapter.start(from?.adapter ?? null),
    [CLASSIFIER_WEIGHT, start(CLASSIFIER_WEIGHT, [classes, backbone.features])],
    [CLASSIFIER_BIAS, start(CLASSIFIER_BIAS, [classes])],
  ])
}

/** The model under its wire names. Copies. */
export function stateOf(
  { adapter, classes, backbone }: Model,
  values: ReadonlyMap<string, Float32Array>,
): ModelState {
  return {
    adapter: adapter.wire(values),
    classifier: {
      weight: { shape: [classes, backbone.features], data: values.get(CLASSIFIER_WEIGHT)!.slice() },
      bias: { shape: [classes], data: values.get(CLASSIFIER_BIAS)!.slice() },
    },
  }
}
