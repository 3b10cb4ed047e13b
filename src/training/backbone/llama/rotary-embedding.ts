import { add, concat, constant, mul, neg, reshape, sliceAxis } from '../../graph/index.ts'
import type { Value } from '../../graph/index.ts'
import type { LlamaConfig } from './llama-config.ts'

/** Cosine and sine of the angles of every row: (rows, width), or (batch · rows, width) where every text has its own. */
export interface Rotation {
  readonly cos: Value
  readonly sin: Value
}

/**
 * Angles of the positions 0 … length − 1, as float32 arithmetic gives them: t · ωᵢ, ωᵢ = θ^(−2i/width).
 *
 * Shapes: cos and sin (length, width).
 */
export function rotation(
  { head_dim: width, rope }: Pick<LlamaConfig, 'head_dim' | 'rope'>,
  length: number,
): Rotation {
  const frequencies = Array.from({ length: width / 2 }, (_, i) =>
    frequency(rope, Math.fround((2 * i) / width)),
  )
  const table = (of: (angle: number) => number): Value => {
    const data = new Float32Array(length * width)
    for (let i = 0; i < data.length; i++) {
      const position = Math.floor(i / width)
      data[i] = of(Math.fround(position * frequencies[(i % width) % frequencies.length]!))
    }
    return constant(data, [length, width])
  }
  return { cos: table(Math.cos), sin: table(Math.sin) }
}

/**
 * ω = θ^(−exponent); of the kind `llama3`, long waves are stretched by the factor, short ones stay, and between them both blend.
 *
 * @see transformers, _compute_llama3_parameters
 */
function frequency(rope: LlamaConfig['rope'], exponent: number): number {
  const plain = Math.fround(1 / Math.fround(rope.rope_theta ** exponent))
  if (rope.rope_type === 'default') return plain
  const { factor, low_freq_factor: low, high_freq_factor: high } = rope
  const turns = (rope.original_max_position_embeddings * plain) / (2 * Math.PI)
  if (turns < low) return Math.fround(plain / factor)
  if (turns > high) return plain
  const share = (turns - low) / (high - low)
  return Math.fround(((1 - share) * plain) / factor + share * plain)
}

/**
 * Turns every pair (xᵢ, xᵢ₊ₕ) of a head, h half its width, by its angle: x · cos + (−second half, first half) · sin.
 *
 * Shapes: x (batch · rows, heads · width) → the same; angles that are only (rows, width) hold for every text.
 */
export function rotate(x: Value, { cos, sin }: Rotation): Value {
  const [rows = 0, width = 0] = cos.shape
  const heads = reshape(x, [x.shape[0]! / rows, rows, x.shape[1]! / width, width])
  const first = sliceAxis(heads, -1, 0, width / 2)
  const second = sliceAxis(heads, -1, width / 2, width)
  const byHead = (table: Value): Value => reshape(table, [rows, 1, width])
  const turned = add(mul(heads, byHead(cos)), mul(concat([neg(second), first], -1), byHead(sin)))
  return reshape(turned, x.shape)
}
