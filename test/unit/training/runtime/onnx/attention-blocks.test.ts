import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { attention } from '../../../../../src/training/backbone/attention.ts'
import * as g from '../../../../../src/training/graph/index.ts'
import type { Value } from '../../../../../src/training/graph/index.ts'
import { onnxModel } from '../../../../../src/training/runtime/onnx/onnx-model.ts'
import { onnxRuntime } from '../../../../../src/training/runtime/onnx/runtime.ts'
import { programOf } from '../../../../../src/training/runtime/program.ts'
import { assertClose } from '../../../../helpers/assert-close.ts'
import { floats, uniform } from '../../../../helpers/random-data.ts'
import { evaluateInDoubles } from '../../../../helpers/reference-evaluator.ts'

const BATCH = 2
const HEADS = 3
const WIDTH = 4

interface Case {
  readonly name: string
  readonly rows: number
  readonly tokens: number
  readonly isFused: boolean
  readonly outputs: (mixed: Value, inputs: readonly Value[]) => Record<string, Value>
}

const alone = (mixed: Value): Record<string, Value> => ({ mixed })

const cases: readonly Case[] = [
  { name: 'as many rows as tokens', rows: 70, tokens: 70, isFused: true, outputs: alone },
  { name: 'one row', rows: 1, tokens: 37, isFused: true, outputs: alone },
  {
    name: 'whose shares a derivative needs',
    rows: 6,
    tokens: 6,
    isFused: false,
    outputs: (mixed, inputs) => {
      const slopes = g.gradients(g.sum(g.exp(mixed)), inputs)
      return { mixed, ...Object.fromEntries(slopes.map((slope, i) => [`slope${i}`, slope])) }
    },
  },
]

describe('attention in one operator', () => {
  for (const { name, rows, tokens, isFused, outputs } of cases) {
    it(`${isFused ? '' : 'not '}for attention ${name}`, async () => {
      const random = uniform(17)
      const lengths = { query: BATCH * rows, key: BATCH * tokens, value: BATCH * tokens }
      const inputs = Object.entries(lengths).map(([key, length]) => g.input(key, [length, HEADS * WIDTH]))
      const feeds = Object.fromEntries(
        inputs.map((input) => [input.name!, floats(g.sizeOf(input.shape), random)]),
      )
      const [query, key, value] = inputs
      const wanted = outputs(attention(query!, key!, value!, { batch: BATCH, heads: HEADS }), inputs)

      const { nodes } = onnxModel(programOf(wanted))
      assert.equal(nodes.filter(({ opType }) => opType === 'MultiHeadAttention').length, Number(isFused))
      const plain = onnxModel(programOf(wanted), 'standard')
      assert.ok(
        plain.nodes.every(({ domain }) => domain === ''),
        'the standard has no such operator',
      )

      const executable = await onnxRuntime().compile(wanted)
      const actual = await executable.run(feeds)
      const expected = evaluateInDoubles(Object.values(wanted), feeds)
      Object.keys(wanted).forEach((what, i) => assertClose(actual[what]!.data, expected[i]!.data, 1e-5, what))
      await executable.dispose()
    })
  }

  it('not where scores are hidden, or an intermediate result is asked for', () => {
    const x = g.input('x', [BATCH * 5, HEADS * WIDTH])
    const bias = g.constant(new Float32Array(5), [5])
    const hidden = attention(x, x, x, { batch: BATCH, heads: HEADS, bias })
    const mixed = attention(x, x, x, { batch: BATCH, heads: HEADS })
    const shares = mixed.inputs[0]!.inputs[0]!.inputs[0]!
    assert.equal(shares.op, 'softmax')
    for (const wanted of [{ hidden }, { mixed, shares }]) {
      const { nodes } = onnxModel(programOf(wanted))
      assert.ok(!nodes.some(({ opType }) => opType === 'MultiHeadAttention'))
    }
  })
})
