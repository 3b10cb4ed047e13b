import { describe, it } from 'node:test'
import { attention } from '../../../../src/training/backbone/attention.ts'
import type { AttentionOptions } from '../../../../src/training/backbone/attention.ts'
import { gradients, input, mul, constant, sum } from '../../../../src/training/graph/index.ts'
import { assertClose } from '../../../helpers/assert-close.ts'
import { centralDifferences } from '../../../helpers/central-differences.ts'
import { floats, uniform } from '../../../helpers/random-data.ts'
import { evaluateInDoubles } from '../../../helpers/reference-evaluator.ts'

const BATCH = 2
const WIDTH = 3
const ROWS = 4
const TOKENS = 5
const BIG = -1e9

interface Case {
  readonly name: string
  readonly heads: number
  readonly keyHeads: number
  readonly bias?: { readonly shape: readonly number[]; readonly data: readonly number[] }
}

const cases: readonly Case[] = [
  { name: 'as many key heads as heads', heads: 2, keyHeads: 2 },
  { name: 'key heads shared in a row', heads: 6, keyHeads: 2 },
  {
    name: 'filling at the end of a sequence hidden',
    heads: 2,
    keyHeads: 2,
    bias: { shape: [BATCH, 1, 1, TOKENS], data: [0, 0, 0, BIG, BIG, 0, 0, 0, 0, BIG] },
  },
  {
    name: 'later tokens hidden',
    heads: 2,
    keyHeads: 1,
    bias: {
      shape: [1, 1, ROWS, TOKENS],
      data: Array.from({ length: ROWS * TOKENS }, (_, i) => (i % TOKENS > Math.floor(i / TOKENS) ? BIG : 0)),
    },
  },
]

describe('attention', () => {
  for (const { name, heads, keyHeads, bias } of cases) {
    it(`of plain loops, ${name}`, () => {
      const random = uniform(11)
      const shapes = {
        query: [BATCH * ROWS, heads * WIDTH],
        key: [BATCH * TOKENS, keyHeads * WIDTH],
        value: [BATCH * TOKENS, keyHeads * WIDTH],
      }
      const feeds = {
        query: floats(BATCH * ROWS * heads * WIDTH, random),
        key: floats(BATCH * TOKENS * keyHeads * WIDTH, random),
        value: floats(BATCH * TOKENS * keyHeads * WIDTH, random),
      }
      const inputs = Object.entries(shapes).map(([key, shape]) => input(key, shape))
      const [query, key, value] = inputs
      const options: AttentionOptions = {
        batch: BATCH,
        heads,
        keyHeads,
        ...(bias && { bias: constant(Float32Array.from(bias.data), bias.shape) }),
      }
      const mixed = attention(query!, key!, value!, options)
      const loss = sum(mul(mixed, constant(floats(feeds.query.length, random), mixed.shape)))
      const [actual, ...slopes] = evaluateInDoubles([mixed, ...gradients(loss, inputs)], feeds)

      const biasOf = (b: number, row: number, token: number): number =>
        bias === undefined ? 0 : bias.data[bias.shape[0] === 1 ? row * TOKENS + token : b * TOKENS + token]!
      assertClose(actual!.data, plainAttention(feeds, heads, keyHeads, biasOf), 1e-12, 'mixed')
      inputs.forEach(({ name: what }, i) =>
        assertClose(slopes[i]!.data, centralDifferences(loss, feeds, what!), 1e-7, `slope by ${what!}`),
      )
    })
  }
})

function plainAttention(
  { query, key, value }: Record<'query' | 'key' | 'value', Float32Array>,
  heads: number,
  keyHeads: number,
  biasOf: (b: number, row: number, token: number) => number,
): Float64Array {
  const result = new Float64Array(query.length)
  const at = (x: Float32Array, row: number, count: number, head: number, i: number): number =>
    x[(row * count + head) * WIDTH + i]!
  for (let b = 0; b < BATCH; b++) {
    for (let head = 0; head < heads; head++) {
      const keyHead = Math.floor((head * keyHeads) / heads)
      for (let row = 0; row < ROWS; row++) {
        const powers = Array.from({ length: TOKENS }, (_, token) => {
          let score = 0
          for (let i = 0; i < WIDTH; i++) {
            score +=
              at(query, b * ROWS + row, heads, head, i) * at(key, b * TOKENS + token, keyHeads, keyHead, i)
          }
          return Math.exp(score / Math.sqrt(WIDTH) + biasOf(b, row, token))
        })
        const total = powers.reduce((left, right) => left + right)
        for (let i = 0; i < WIDTH; i++) {
          const mixed = powers.reduce(
            (sum, power, token) => sum + power * at(value, b * TOKENS + token, keyHeads, keyHead, i),
            0,
          )
          result[((b * ROWS + row) * heads + head) * WIDTH + i] = mixed / total
        }
      }
    }
  }
  return result
}
