import { add, constant, matmul, reshape, softmax, transpose } from '../../graph/index.ts'
import type { Value } from '../../graph/index.ts'
import { EXCLUDED } from '../mask-bias.ts'
import type { LlamaConfig } from './llama-config.ts'
import { rotate } from './rotary-embedding.ts'
import type { Rotation } from './rotary-embedding.ts'

/** Rows that look at others: how they are turned, and what is added to their scores. */
export interface Queries {
  /** (rows, width), or (batch, 1, rows, width) where every text has its own rows. */
  readonly rotation: Rotation
  /** Broadcasts to (batch, 1, 1, rows, length). */
  readonly bias: Value
}

/**
 * Attention of grouped queries: query head h looks at keys and values of head ⌊h / group⌋, group = heads / keyHeads.
 *
 * Shapes: query (batch · rows, heads · width), key and value (batch · length, keyHeads · width) → (batch · rows, heads · width).
 *
 * @see Ainslie et al., arXiv:2305.13245
 */
export function groupedAttention(
  config: LlamaConfig,
  batch: number,
  { query, key, value }: { readonly query: Value; readonly key: Value; readonly value: Value },
  queries: Queries,
  keyRotation: Rotation,
): Value {
  const { num_attention_heads: heads, num_key_value_heads: keyHeads, head_dim: width } = config
  const split = (x: Value, parts: number): Value =>
    transpose(reshape(x, [batch, x.shape[0]! / batch, parts, width]), [0, 2, 1, 3]) // (batch, parts, rows, width)
  const turned = rotate(split(query, heads), queries.rotation)
  const keys = rotate(split(key, keyHeads), keyRotation)
  const rows = turned.shape[2]!
  const length = keys.shape[2]!
  const group = heads / keyHeads

  const grouped = reshape(turned, [batch, keyHeads, group * rows, width])
  const scores = matmul(grouped, keys, { transposeB: true, scale: 1 / Math.sqrt(width) })
  const shares = softmax(add(reshape(scores, [batch, keyHeads, group, rows, length]), queries.bias))
  const mixed = matmul(reshape(shares, [batch, keyHeads, group * rows, length]), split(value, keyHeads))
  const byRow = transpose(reshape(mixed, [batch, heads, rows, width]), [0, 2, 1, 3])
  return reshape(byRow, [batch * rows, heads * width])
}

/** 0 where a row may look, very negative at what comes after it: (length, length). */
export function causalBias(length: number): Value {
  const data = Float32Array.from({ length: length * length }, (_, i) =>
    i % length > Math.floor(i / length) ? EXCLUDED : 0,
  )
  return constant(data, [length, length])
}
