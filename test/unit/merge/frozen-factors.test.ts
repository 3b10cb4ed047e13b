import assert from 'node:assert/strict'
import { test } from 'node:test'
import { frozenDigest, frozenFactors } from '../../../src/merge/adapters/frozen-factors.ts'
import { createRandom } from '../../../src/merge/linear/random.ts'
import { LORA, RAVAN } from './fixtures.ts'

const modules = [
  { name: 'query', in: 16, out: 12 },
  { name: 'value', in: 10, out: 24 },
]

test('kernel 1 draws these factors, on every machine and in every version', () => {
  const lora = frozenDigest(LORA, modules)
  const ravan = frozenDigest(RAVAN, modules)
  assert.deepEqual(
    { lora, ravan },
    {
      lora: '1eff8c474e0f7b05f42f6f46a70dac1351f93b51723b6f4bff2df28d4544ecc5',
      ravan: '289cf12cff51577f0ac2f4bbe997206794c8c7190c02770fdbf7614b44659e45',
    },
  )
})

test('Ravan: rows of A and columns of B are orthonormal', () => {
  const adapter = { ...RAVAN, heads: 4 }
  const factors = frozenFactors(adapter, modules)
  const width = adapter.heads * adapter.rank
  for (const { name, in: inputs, out } of modules) {
    const a = factors.get(`frozen/${name}/A`)!
    const b = factors.get(`frozen/${name}/B`)!
    assert.deepEqual([a.shape, b.shape], [[width, inputs], [out, width]]) // prettier-ignore
    for (let i = 0; i < width; i++) {
      for (let j = 0; j < width; j++) {
        let rows = 0
        let columns = 0
        for (let k = 0; k < inputs; k++) rows += a.data[i * inputs + k]! * a.data[j * inputs + k]!
        for (let k = 0; k < out; k++) columns += b.data[k * width + i]! * b.data[k * width + j]!
        assert.ok(Math.abs(rows - Number(i === j)) < 1e-6)
        assert.ok(Math.abs(columns - Number(i === j)) < 1e-6)
      }
    }
  }
})

test('LoRA: A is uniform in ±1/√in', () => {
  const { data } = frozenFactors({ ...LORA, rank: 64 }, [{ name: 'm', in: 400, out: 400 }]).get(
    'frozen/m/lora_A',
  )!
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length
  const square = data.reduce((sum, value) => sum + value * value, 0) / data.length
  assert.ok(data.every((value) => Math.abs(value) <= 1 / 20))
  assert.ok(Math.abs(mean) < 1e-3)
  assert.ok(Math.abs(square - 1 / 1200) < 2e-5)
})

test('a factor depends on seed and module name, not on the other modules', () => {
  const [query, value] = modules
  const both = frozenFactors(RAVAN, modules)
  assert.deepEqual(frozenFactors(RAVAN, [value!]).get('frozen/value/B'), both.get('frozen/value/B'))
  assert.notDeepEqual(frozenFactors({ ...RAVAN, seed: 'other' }, modules).get('frozen/value/B'), both.get('frozen/value/B')) // prettier-ignore
  assert.notEqual(frozenDigest(RAVAN, [query!]), frozenDigest(RAVAN, modules))
  assert.notEqual(frozenDigest({ ...RAVAN, seed: 'other' }, modules), frozenDigest(RAVAN, modules))
})

test('more directions than a module has are refused, by name', () => {
  assert.throws(() => frozenFactors({ ...RAVAN, heads: 6 }, modules), {
    code: 'ERR_MERGE_SPEC',
    message: /heads times rank is 12, module value is 24 × 10: at most 10/,
  })
})

test('random numbers: same seed same numbers, sound moments, a shuffle is a permutation', () => {
  const [a, b, c] = ['seed', 'seed', 'other'].map(createRandom)
  const first = Array.from({ length: 100 }, () => a!.uint32())
  assert.deepEqual(Array.from({ length: 100 }, () => b!.uint32()), first) // prettier-ignore
  assert.notDeepEqual(Array.from({ length: 100 }, () => c!.uint32()), first) // prettier-ignore
  const normal = Array.from({ length: 40_000 }, () => a!.normal())
  assert.ok(Math.abs(normal.reduce((sum, x) => sum + x, 0) / 40_000) < 0.02)
  assert.ok(Math.abs(normal.reduce((sum, x) => sum + x * x, 0) / 40_000 - 1) < 0.03)
  const tally = new Array<number>(7).fill(0)
  for (let i = 0; i < 7000; i++) tally[a!.below(7)]!++
  assert.ok(tally.every((n) => n > 850 && n < 1150))
  const shuffled = a!.shuffle(Array.from({ length: 50 }, (_, i) => i))
  assert.notDeepEqual(shuffled, [...shuffled].sort((x, y) => x - y)) // prettier-ignore
  assert.deepEqual([...shuffled].sort((x, y) => x - y), Array.from({ length: 50 }, (_, i) => i)) // prettier-ignore
})
