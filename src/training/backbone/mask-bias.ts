import { constant, reshape, scalar, scaled, sub } from '../graph/index.ts'
import type { Value } from '../graph/index.ts'

/**
 * What is added to a score that must not count. e to it is exactly 0 in float32, and it is finite, so that a row in which nothing
 * counts becomes an even share of everything instead of NaN.
 */
const EXCLUDED = -1e9

/** 0 for a token, very negative for filling, to be added to attention scores: mask (batch, length) → (batch, 1, 1, length). */
export function maskBias(mask: Value): Value {
  const [batch = 0, length = 0] = mask.shape
  return reshape(scaled(sub(scalar(1), mask), EXCLUDED), [batch, 1, 1, length])
}

/** 0 where a token may look, very negative at what comes after it: (length, length). */
export function causalBias(length: number): Value {
  const data = new Float32Array(length * length)
  for (let row = 0; row < length; row++) data.fill(EXCLUDED, row * length + row + 1, (row + 1) * length)
  return constant(data, [length, length])
}
