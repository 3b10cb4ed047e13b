import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../../../src/merge/index.ts'
import { interval } from '../../../../src/node/experiment/report/interval.ts'
import { withSamples, type RightBySeed } from '../../../../src/node/experiment/report/over-samples.ts'
import { packRight, recordedRight, unpackRight } from '../../../../src/node/experiment/right-samples.ts'

const bySeed = (...seeds: readonly (readonly number[])[]): RightBySeed =>
  new Map(seeds.map((right, s) => [s + 1, packRight(right)]))
const share = (right: readonly number[]): number => right.reduce((sum, one) => sum + one, 0) / right.length
const close = (actual: number | undefined, expected: number): void =>
  assert.ok(actual !== undefined && Math.abs(actual - expected) < 1e-12, `${actual}, expected ${expected}`)

test('which samples were right comes back from its bits, of any count', () => {
  const random = createRandom('bits')
  for (const count of [0, 1, 7, 8, 9, 64, 1001]) {
    const right = Array.from({ length: count }, () => random.below(2))
    assert.deepEqual([...unpackRight(packRight(right))], right)
  }
  assert.deepEqual(packRight([true, false, true, false, false, false, false, false, true]), { count: 9, bits: 'BQE=' }) // prettier-ignore
})

test('where every seed holds out other samples, none is recorded', () => {
  assert.deepEqual(recordedRight({ redrawn: 0.4 }, [1, 0]), {})
  assert.deepEqual(recordedRight({}, [1, 0]), { right: packRight([1, 0]) })
})

test('the draw of samples adds its own error to that over seeds', () => {
  const reference = bySeed([1, 1, 0, 0, 1], [1, 0, 0, 0, 1])
  const row = bySeed([1, 1, 1, 0, 0], [1, 1, 1, 0, 1])
  const overSeeds = interval([0, 0.4])
  // mean over seeds of the differences: 0, ½, 1, 0, −½
  const variance = (0.04 + 0.09 + 0.64 + 0.04 + 0.49) / 4
  const { mean, half, samples } = withSamples(overSeeds, row, reference)
  close(mean, 0.2)
  close(half, Math.sqrt(overSeeds.half! ** 2 + (1.96 ** 2 * variance) / 5))
  assert.equal(samples, 5)
})

test('two rows that every seed tells apart by one sample are a tie, not a certain difference', () => {
  const reference = new Array<number>(100).fill(1)
  const row = reference.map((one, i) => (i === 7 ? 0 : one))
  const five = [1, 2, 3, 4, 5]
  const overSeeds = interval(five.map(() => -0.01))
  assert.equal(overSeeds.half, 0)
  const { mean, half } = withSamples(overSeeds, bySeed(...five.map(() => row)), bySeed(...five.map(() => reference))) // prettier-ignore
  assert.ok(half! > Math.abs(mean), `${mean} ± ${half}`)
})

test('it stays that over seeds where a seed has no samples, or other ones, or is the only one', () => {
  const two = bySeed([1, 0, 1], [1, 1, 1])
  const overTwo = interval([0.1, 0.2])
  assert.equal(withSamples(overTwo, bySeed([1, 0, 1]), two), overTwo)
  assert.equal(withSamples(overTwo, bySeed([1, 0, 1], [1, 0]), two), overTwo)
  const overOne = interval([0.1])
  assert.equal(withSamples(overOne, two, two), overOne)
})

test('over draws of both seeds and samples it holds the true difference at least 95 times in 100', () => {
  const random = createRandom('coverage')
  const [seeds, samples, repetitions] = [5, 120, 400]
  const normals = (count: number): number[] => Array.from({ length: count }, () => random.normal())
  const drawn = (): { row: number[][]; reference: number[][] } => {
    const [difficulty, ofSample] = [normals(samples), normals(samples)]
    const right = (ability: number, own: number): number[] =>
      difficulty.map((d, i) => Number(ability + own * ofSample[i]! - d + 0.5 * random.normal() > 0))
    const found = normals(seeds).map((seed) => ({ row: right(0.2 * seed, 0.6), reference: right(0, -0.6) }))
    return { row: found.map(({ row }) => row), reference: found.map(({ reference }) => reference) }
  }
  // Both are as good as each other on all samples of that kind, so that the true difference is zero.
  const held = { both: 0, seeds: 0 }
  for (let i = 0; i < repetitions; i++) {
    const { row, reference } = drawn()
    const overSeeds = interval(row.map((right, s) => share(right) - share(reference[s]!)))
    const both = withSamples(overSeeds, bySeed(...row), bySeed(...reference))
    if (Math.abs(overSeeds.mean) <= overSeeds.half!) held.seeds++
    if (Math.abs(both.mean) <= both.half!) held.both++
  }
  assert.ok(held.both >= 0.95 * repetitions, `${held.both} of ${repetitions}`)
  assert.ok(held.seeds < 0.93 * repetitions, `over seeds alone ${held.seeds}: the simulation tells nothing`)
})
