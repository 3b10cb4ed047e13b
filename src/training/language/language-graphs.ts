import type { TensorMap } from '../../merge/index.ts'
import type { AdapterSet } from '../adapters/adapter-set.ts'
import type { GraphHooks, GraphInputs } from '../backbone/backbone.ts'
import {
  broadcastTo,
  constant,
  crossEntropy,
  gradients,
  input,
  mul,
  reshape,
  sliceAxis,
} from '../graph/index.ts'
import type { Value } from '../graph/index.ts'
import { GRADIENT } from '../model/model-graph.ts'
import type { BatchShape } from '../model/model-graph.ts'
import { sampleInputs } from '../model/sample-inputs.ts'
import type { LanguageModel } from './language-model.ts'

/** A frozen language model with adapters: what its graphs are built from. */
export interface AdaptedLanguageModel {
  readonly model: LanguageModel
  readonly weights: TensorMap
  readonly adapter: AdapterSet
}

/**
 * One training step without its update: the mean cross entropy of every token but the first of each text, given those before it, and its
 * slope by every parameter of the adapter.
 *
 *   loss = −Σ ln p(tokenₜ₊₁ | token₀ … tokenₜ) / number of such tokens, filling left out
 *
 * Feeds: tokens and mask (size, extent), weights (size), the adapter's parameters. Outputs: loss (), gradient/<name>.
 */
export function languageTrainingGraph(
  adapted: AdaptedLanguageModel,
  shape: BatchShape,
): Record<string, Value> {
  const { parameters } = adapted.adapter
  const values = parameterInputs(adapted)
  const loss = causalLoss(
    adapted.model,
    sampleInputs('text', shape),
    input('weights', [shape.size]),
    hooksOf(adapted, values),
  )
  const slopes = gradients(loss, [...values.values()])
  return { loss, ...Object.fromEntries(parameters.map(({ name }, i) => [GRADIENT + name, slopes[i]!])) }
}

/** The same loss without slopes, for texts that are held out. */
export function languageLossGraph(adapted: AdaptedLanguageModel, shape: BatchShape): Record<string, Value> {
  const hooks = hooksOf(adapted, parameterInputs(adapted))
  return {
    loss: causalLoss(adapted.model, sampleInputs('text', shape), input('weights', [shape.size]), hooks),
  }
}

/** Scores of all tokens at all places: logits (size · extent, vocabulary). Feeds: tokens, mask, the adapter's parameters. */
export function logitsGraph(adapted: AdaptedLanguageModel, shape: BatchShape): Record<string, Value> {
  const hooks = hooksOf(adapted, parameterInputs(adapted))
  const { model } = adapted
  return { logits: model.logits(model.hidden(sampleInputs('text', shape), hooks, false), hooks) }
}

/** Scores of what comes after the last token of every text: logits (size, vocabulary). Feeds as those of `logitsGraph`. */
export function nextTokenGraph(adapted: AdaptedLanguageModel, shape: BatchShape): Record<string, Value> {
  const hooks = hooksOf(adapted, parameterInputs(adapted))
  const { model } = adapted
  return { logits: model.logits(model.hidden(sampleInputs('text', shape), hooks, true), hooks) }
}

/** The head sees only places that have a next one. weights (batch): 1 for a text, 0 for a row of filling. */
function causalLoss(model: LanguageModel, inputs: GraphInputs, weights: Value, hooks: GraphHooks): Value {
  const tokens = inputs.get('tokens')!
  const mask = inputs.get('mask')!
  const [batch = 0, length = 0] = tokens.shape
  const hidden = reshape(model.hidden(inputs, hooks, false), [batch, length, -1])
  const places = reshape(sliceAxis(hidden, 1, 0, length - 1), [batch * (length - 1), -1])
  const next = (value: Value): Value => sliceAxis(value, 1, 1, length) // (batch, length − 1)
  const counts = mul(next(mask), broadcastTo(reshape(weights, [batch, 1]), [batch, length - 1]))
  return crossEntropy(model.logits(places, hooks), reshape(next(tokens), [-1]), reshape(counts, [-1]))
}

function parameterInputs({ adapter }: AdaptedLanguageModel): Map<string, Value> {
  return new Map(adapter.parameters.map(({ name, shape }) => [name, input(name, shape)]))
}

function hooksOf({ weights, adapter }: AdaptedLanguageModel, values: ReadonlyMap<string, Value>): GraphHooks {
  const attached = adapter.attach((name) => values.get(name)!)
  return {
    weight: (name) => constant(weights.get(name)!.data, weights.get(name)!.shape, name),
    linear: attached.linear,
  }
}
