import {
  add,
  crossEntropy,
  exp,
  gradients,
  input,
  linear,
  log,
  mean,
  mul,
  neg,
  relu,
  reshape,
  scalar,
  scaled,
  sub,
} from '../../src/training/graph/index.ts'
import type { Value } from '../../src/training/graph/index.ts'
import { CONFIG, PATCH_AREA, PATCHES, PATCH_NUMBERS } from './architecture.ts'
import { encode } from './encoder-graph.ts'
import { TRAIT_COUNT } from './formula/traits.ts'
import { parameterShapes } from './parameters.ts'

/** How much each question counts in the loss. */
export const LOSS_WEIGHTS = {
  shape: 0.5,
  texture: 0.5,
  traits: 10,
  patchShape: 0.3,
  patchTexture: 0.3,
  mask: 5,
} as const

/**
 * One pretraining step without its update. Asked of the class token: which shape formula, which texture formula, and the
 * picture's traits as numbers; of the mean patch: both formulas; of every patch: which of its pixels the shape covers.
 *
 * Feeds: patches (batch, kept, 192), selection (kept, 64), shape and texture (batch) i32, traits (batch, traits) standardised,
 * mask (batch · kept, 64), and every parameter by its name. Outputs: loss, the loss of each question, gradient/<parameter>.
 */
export function pretrainingGraph(batch: number, kept: number): Record<string, Value> {
  const parameters = new Map([...parameterShapes()].map(([name, shape]) => [name, input(name, shape)]))
  const parameter = (name: string): Value => parameters.get(name)!
  const head = (name: string, x: Value): Value =>
    linear(x, parameter(`head.${name}.weight`), parameter(`head.${name}.bias`))

  const { classToken, patchTokens } = encode(
    input('patches', [batch, kept, PATCH_NUMBERS]),
    input('selection', [kept, PATCHES]),
    parameter,
  )
  const meanPatch = mean(reshape(patchTokens, [batch, kept, CONFIG.hidden_size]), [1])
  const shape = input('shape', [batch], 'i32')
  const texture = input('texture', [batch], 'i32')
  const error = sub(head('traits', classToken), input('traits', [batch, TRAIT_COUNT]))
  const losses = {
    shape: crossEntropy(head('shape', classToken), shape),
    texture: crossEntropy(head('texture', classToken), texture),
    traits: mean(mul(error, error)),
    patchShape: crossEntropy(head('patchShape', meanPatch), shape),
    patchTexture: crossEntropy(head('patchTexture', meanPatch), texture),
    mask: binaryCrossEntropy(head('mask', patchTokens), input('mask', [batch * kept, PATCH_AREA])),
  }
  const names = Object.keys(losses) as (keyof typeof losses)[]
  const loss = names
    .map((name) => scaled(losses[name], LOSS_WEIGHTS[name]))
    .reduce((sum, term) => add(sum, term))
  const slopes = gradients(loss, [...parameters.values()])
  return {
    loss,
    ...losses,
    ...Object.fromEntries([...parameters.keys()].map((name, i) => [`gradient/${name}`, slopes[i]!])),
  }
}

/** Mean of −t ln σ(z) − (1 − t) ln(1 − σ(z)) = max(z, 0) − z t + ln(1 + e^−|z|). */
function binaryCrossEntropy(logits: Value, targets: Value): Value {
  const size = add(relu(logits), relu(neg(logits)))
  const tail = log(add(exp(neg(size)), scalar(1)))
  return mean(add(sub(relu(logits), mul(logits, targets)), tail))
}
