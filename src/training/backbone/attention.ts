import { add, broadcastTo, matmul, reshape, softmax, transpose } from '../graph/index.ts'
import type { Value } from '../graph/index.ts'

export interface AttentionOptions {
  readonly batch: number
  readonly heads: number
  /** Heads of key and value, each shared by heads / keyHeads heads of the query in a row. @default heads */
  readonly keyHeads?: number
  /**
   * Added to the scores before the softmax: 0 where a row may look, a large negative number where not. Stretches to
   * (batch, heads, rows, tokens), so (batch, 1, 1, tokens) hides filling and (1, 1, rows, tokens) what comes later.
   */
  readonly bias?: Value
}

/**
 * Scaled dot-product attention of every head, softmax(Q Kᵀ / √width + bias) V, heads side by side.
 *
 * Shapes, all sequences of a batch below each other: query (batch · rows, heads · width), key and value (batch · tokens,
 * keyHeads · width), result (batch · rows, heads · width).
 *
 * @see Vaswani et al., arXiv:1706.03762; shared key heads: Ainslie et al., arXiv:2305.13245
 */
export function attention(query: Value, key: Value, value: Value, options: AttentionOptions): Value {
  const { batch, heads, keyHeads = heads, bias } = options
  const width = query.shape[1]! / heads
  const split = (x: Value, count: number): Value =>
    transpose(reshape(x, [batch, x.shape[0]! / batch, count, width]), [0, 2, 1, 3]) // (batch, count, rows, width)
  const shared = (x: Value): Value => repeatHeads(split(x, keyHeads), heads)

  const scores = matmul(split(query, heads), shared(key), { transposeB: true, scale: 1 / Math.sqrt(width) })
  const shares = softmax(bias === undefined ? scores : add(scores, bias)) // (batch, heads, rows, tokens)
  const mixed = transpose(matmul(shares, shared(value)), [0, 2, 1, 3]) // (batch, rows, heads, width)
  return reshape(mixed, query.shape)
}

/** (batch, keyHeads, tokens, width) → (batch, heads, tokens, width), each head heads / keyHeads times in a row. */
function repeatHeads(x: Value, heads: number): Value {
  const [batch = 0, keyHeads = 0, tokens = 0, width = 0] = x.shape
  if (keyHeads === heads) return x
  const single = reshape(x, [batch, keyHeads, 1, tokens, width])
  const repeated = broadcastTo(single, [batch, keyHeads, heads / keyHeads, tokens, width])
  return reshape(repeated, [batch, heads, tokens, width])
}
