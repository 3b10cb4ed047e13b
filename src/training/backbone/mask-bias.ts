import { reshape, scalar, scaled, sub } from '../graph/index.ts'
import type { Value } from '../graph/index.ts'

/**
 * What is added to a score that must not count. e to it is exactly 0 in float32, and it is finite, so that a row in which nothing
 * counts becomes an even share of everything instead of NaN.
 */
export const EXCLUDED = -1e9

/** 0 for a token, very negative for filling, to be added to attention scores: mask (batch, length) → (batch, 1, 1, length). */
export function maskBias(mask: Value): Value {
  const [batch = 0, length = 0] = mask.shape
  return reshape(scaled(sub(scalar(1), mask), EXCLUDED), [batch, 1, 1, length])
}
