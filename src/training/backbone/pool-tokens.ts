import {
  concat,
  div,
  fill,
  greater,
  matmul,
  reshape,
  scalar,
  sliceAxis,
  sub,
  sum,
  where,
} from '../graph/index.ts'
import type { Value } from '../graph/index.ts'

/**
 * Mean of the hidden states of all tokens, Σₜ maskₜ hₜ / Σₜ maskₜ, 0 where a text has none.
 *
 * Shapes: hidden (batch · length, width), mask (batch, length) → (batch, width).
 */
export function meanOverTokens(hidden: Value, mask: Value): Value {
  const count = sum(mask, [1], true) // (batch, 1)
  const divisor = where(greater(count, scalar(0)), count, scalar(1))
  return div(weightedSum(hidden, mask), divisor)
}

/**
 * Hidden state of the last token of every text, 0 where it has none; filling follows the tokens.
 *
 * Shapes: hidden (batch · length, width), mask (batch, length) → (batch, width).
 */
export function lastToken(hidden: Value, mask: Value): Value {
  return weightedSum(hidden, lastTokenMask(mask))
}

/** 1 where a token is followed by filling or the end, 0 elsewhere. (batch, length) */
export function lastTokenMask(mask: Value): Value {
  const [batch = 0, length = 0] = mask.shape
  const end = fill([batch, 1], 0)
  return sub(mask, length === 1 ? end : concat([sliceAxis(mask, 1, 1, length), end], 1))
}

/** Σₜ weightsₜ hₜ of every text, as one product a text. */
function weightedSum(hidden: Value, weights: Value): Value {
  const [batch = 0, length = 0] = weights.shape
  const width = hidden.shape.at(-1)!
  const rows = reshape(hidden, [batch, length, width])
  return reshape(matmul(reshape(weights, [batch, 1, length]), rows), [batch, width])
}
