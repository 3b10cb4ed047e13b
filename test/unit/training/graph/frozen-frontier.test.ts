import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Tensor } from '../../../../src/merge/index.ts'
import { frozenFrontier } from '../../../../src/training/graph/frozen-frontier.ts'
import {
  add,
  constant,
  gelu,
  gradients,
  input,
  layerNorm,
  matmul,
  mean,
  mul,
  relu,
  sum,
} from '../../../../src/training/graph/index.ts'
import type { Value } from '../../../../src/training/graph/index.ts'
import { substitute } from '../../../../src/training/graph/substitute.ts'
import { tfjsRuntime } from '../../../../src/training/runtime/tfjs/runtime.ts'
import { assertClose } from '../../../helpers/assert-close.ts'
import { floats, uniform } from '../../../helpers/random-data.ts'

const random = uniform(7)

const frozen = (...shape: readonly number[]): Value =>
  constant(
    floats(
      shape.reduce((a, b) => a * b, 1),
      random,
    ),
    shape,
  )
const norm = (x: Value): Value => layerNorm(x, frozen(4), frozen(4), 1e-6)
const isTrained = (name: string): boolean => name === 'w'

describe('frozenFrontier', () => {
  const x = input('x', [6, 3])
  const w = input('w', [4, 4])
  const first = add(matmul(x, frozen(3, 4)), frozen(4)) // (6, 4)

  it('keeps the product before cheap steps, once for all that need it', () => {
    const live = add(matmul(norm(first), w), gelu(first))
    const { values } = frozenFrontier([sum(live)], isTrained)
    assert.deepEqual(values, [first.inputs[0]])
  })

  it('keeps one sum in place of two products, and what it needs of a later layer', () => {
    const second = add(matmul(relu(norm(first)), frozen(4, 4)), first) // a residual connection
    const third = add(matmul(relu(norm(second)), frozen(4, 4)), second)
    const { values, savedShare } = frozenFrontier([sum(matmul(norm(third), w))], isTrained)
    assert.deepEqual(values, [third])
    const [before, after] = [6 * 3 * 4 + 2 * 6 * 4 * 4, 6 * 4 * 4]
    assert.ok(Math.abs(savedShare - before / (before + after)) < 1e-12, `${savedShare}`)
  })

  it('keeps nothing that no product leads to, that no input feeds, or that is trained', () => {
    assert.deepEqual(frozenFrontier([sum(matmul(relu(x), input('w', [3, 2])))], isTrained), {
      values: [],
      savedShare: 0,
    })
    const folded = matmul(frozen(6, 4), frozen(4, 4))
    assert.deepEqual(frozenFrontier([sum(matmul(folded, w))], isTrained).values, [])
    assert.equal(frozenFrontier([sum(first)], isTrained).values.length, 0)
  })

  it('is a cut: the rest computes the same loss and slopes from what was kept', async () => {
    const hidden = add(matmul(gelu(norm(first)), frozen(4, 4)), first)
    const loss = mean(mul(matmul(norm(hidden), w), hidden))
    const outputs = { loss, slope: gradients(loss, [w])[0]! }
    const { values } = frozenFrontier(Object.values(outputs), isTrained)
    const kept = Object.fromEntries(values.map((value, i) => [`kept/${i}`, value]))
    const fed = new Map(values.map((value, i) => [value, input(`kept/${i}`, value.shape)]))
    const rest = substitute(outputs, fed)

    const runtime = tfjsRuntime({ backend: 'cpu' })
    const feeds = { x: floats(18, random), w: floats(16, random) }
    const run = async (
      what: Record<string, Value>,
      all: Record<string, Float32Array>,
    ): Promise<Record<string, Tensor>> => {
      const executable = await runtime.compile(what)
      const result = await executable.run(all)
      await executable.dispose()
      return result
    }
    const whole = await run(outputs, feeds)
    const stored = await run(kept, { x: feeds.x })
    const again = await run(rest, {
      w: feeds.w,
      ...Object.fromEntries(Object.entries(stored).map(([name, { data }]) => [name, data])),
    })
    for (const name of ['loss', 'slope']) assertClose(again[name]!.data, [...whole[name]!.data], 1e-6, name)
    assert.ok(whole['slope']!.data.some((entry) => Math.abs(entry) > 1e-3))
  })
})
