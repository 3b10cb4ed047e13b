import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  createRandom,
  loraAName,
  loraBName,
  matmul,
  type Matrix,
  type Tensor,
  type TensorMap,
} from '../../../../src/merge/index.ts'
import { truncatedState, wholeState } from '../../../../src/node/experiment/run/lora-state.ts'
import { padStack } from '../../../../src/node/experiment/run/pad-stack.ts'
import { truncateUpdate } from '../../../../src/node/experiment/run/truncate-update.ts'

const module = { name: 'm', in: 9, out: 7 }
const random = (seed: string, rows: number, cols: number): Matrix => {
  const draw = createRandom(seed)
  return { rows, cols, data: Float64Array.from({ length: rows * cols }, () => draw.normal()) }
}
const distance = (a: Matrix, b: Matrix): number => Math.sqrt(a.data.reduce((sum, value, i) => sum + (value - b.data[i]!) ** 2, 0)) // prettier-ignore
const size = (a: Matrix): number => distance(a, { ...a, data: new Float64Array(a.data.length) })
const tensor = ({ rows, cols, data }: Matrix): Tensor => ({
  shape: [rows, cols],
  data: Float32Array.from(data),
})
const matrix = ({ shape, data }: Tensor): Matrix => ({
  rows: shape[0]!,
  cols: shape[1]!,
  data: Float64Array.from(data),
})
const product = (state: TensorMap): Matrix =>
  matmul(matrix(state.get(loraBName('m'))!), matrix(state.get(loraAName('m'))!))

test('an update that has no more rank than is kept stays what it is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.string(), (rank, seed) => {
      const low = { b: random(`${seed} b`, 7, rank), a: random(`${seed} a`, rank, 9) }
      const wide = { b: matmul(low.b, random(`${seed} mix`, rank, 6)), a: random(`${seed} c`, 6, 9) }
      const cut = truncateUpdate(wide, rank)
      assert.deepEqual([cut.b.cols, cut.a.rows], [rank, rank])
      const [before, after] = [matmul(wide.b, wide.a), matmul(cut.b, cut.a)]
      assert.ok(distance(after, before) <= 1e-6 * size(before))
    }),
    { seed: 3, numRuns: 30 },
  )
})

test('what is left out is orthogonal to what is kept, and both factors weigh alike', () => {
  const wide = { b: random('b', 7, 6), a: random('a', 6, 9) }
  const { b, a } = truncateUpdate(wide, 3)
  const [whole, kept] = [matmul(wide.b, wide.a), matmul(b, a)]
  assert.ok(
    Math.abs(size(whole) ** 2 - size(kept) ** 2 - distance(whole, kept) ** 2) <= 1e-6 * size(whole) ** 2,
  )
  assert.ok(Math.abs(size(b) - size(a)) <= 1e-9 * size(a))
  for (const { b: other, a: rows } of [
    truncateUpdate(wide, 2),
    { b: random('x', 7, 3), a: random('y', 3, 9) },
  ]) {
    assert.ok(distance(whole, kept) <= distance(whole, matmul(other, rows)))
  }
})

test('a stack is cut to the rank, and one that fits is not', () => {
  const stack = new Map([[loraBName('m'), tensor(random('b', 7, 4))], [loraAName('m'), tensor(random('a', 4, 9))]]) // prettier-ignore
  assert.deepEqual(truncatedState(2, [module], stack).get(loraAName('m'))!.shape, [2, 9])
  assert.deepEqual(truncatedState(4, [module], stack).get(loraAName('m')), stack.get(loraAName('m')))
})

test('room for more tasks changes nothing of what a stack does', () => {
  const spec = {
    adapter: { kind: 'lora', rank: 2, alpha: 6, trains: 'AB', seed: 's' },
    modules: [module],
  } as const
  const stack = new Map([[loraBName('m'), tensor(random('b', 7, 4))], [loraAName('m'), tensor(random('a', 4, 9))]]) // prettier-ignore
  const { adapterSpec, adapter } = padStack(spec, { ...spec.adapter, rank: 4, alpha: 12 }, stack, 5)
  assert.deepEqual([adapterSpec.rank, adapterSpec.alpha / adapterSpec.rank], [10, 3])
  assert.ok(distance(product(adapter), product(stack)) === 0)
})

test('a factor that is not trained is the one that the seed draws', () => {
  const adapter = { kind: 'lora', rank: 2, alpha: 2, trains: 'B', seed: 's' } as const
  const merged = new Map([[loraBName('m'), tensor(random('b', 7, 2))]])
  const whole = wholeState(adapter, [module], merged)
  assert.deepEqual(whole.get(loraAName('m'))!.shape, [2, 9])
  assert.equal(whole.get(loraBName('m')), merged.get(loraBName('m')))
})
