import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AdapterSpec, TargetModule } from '../../../../src/merge/index.ts'
import { moduleAdapter } from '../../../../src/training/adapters/adapter-kinds.ts'
import { allParts, chooseParts } from '../../../../src/training/adapters/part-choice.ts'
import { rangeViews, trainedNames, trainedRanges } from '../../../../src/training/adapters/trained-views.ts'
import type { HeadBudget } from '../../../../src/training/types.ts'

const HEADS = 5
const ravan: AdapterSpec = { kind: 'ravan', heads: HEADS, rank: 2, alpha: 1, seed: 's' }
const lora: AdapterSpec = { kind: 'lora', rank: 2, alpha: 1, trains: 'B', seed: 's' }
const MODULES: readonly TargetModule[] = ['query', 'value'].map((name, i) => ({
  name,
  in: 11 + i,
  out: 14 - i,
}))
const adapters = MODULES.map((module) => moduleAdapter(ravan, module))

/** Parameters whose head h of module m has the norm `norms[m][h]`, and large scales that must not count. */
function withNorms(norms: readonly (readonly number[])[]): Map<string, Float32Array> {
  return new Map(
    MODULES.flatMap(({ name }, m) => [
      [
        `adapter/${name}/cores`,
        Float32Array.from(norms[m]!.flatMap((norm) => [0.6 * norm, 0, -0.8 * norm, 0])),
      ],
      [`adapter/${name}/scales`, Float32Array.from({ length: HEADS }, (_, h) => 100 - 40 * h)],
    ]),
  )
}

const choose = async (
  budget: HeadBudget,
  values: ReadonlyMap<string, Float32Array>,
  slopes?: ReadonlyMap<string, Float32Array>,
  seed = 'site-a',
) => [...(await chooseParts(adapters, budget, seed, values, () => Promise.resolve(slopes!))).values()]

describe('chooseParts', () => {
  const values = withNorms([
    [0.3, 0.1, 0.5, 0.2, 0.4],
    [3, 4, 0.5, 1, 2],
  ])
  const slopes = withNorms([
    [1, 9, 3, 7, 5],
    [0.1, 0.2, 0.9, 0.8, 0.3],
  ])

  it('takes the heads with the largest cores, as many at every module', async () => {
    assert.deepEqual(await choose({ count: 2, score: 'weight' }, values), [
      [2, 4],
      [0, 1],
    ])
  })

  it('takes the heads with the steepest loss', async () => {
    assert.deepEqual(await choose({ count: 3, score: 'gradient' }, values, slopes), [
      [1, 3, 4],
      [2, 3, 4],
    ])
  })

  it('draws heads by the seed: the same for one seed, every head for some', async () => {
    const budget = { count: 2, score: 'random' } as const
    const draws = await Promise.all(
      Array.from({ length: 40 }, (_, i) => choose(budget, values, undefined, `seed ${i}`)),
    )
    assert.deepEqual(await choose(budget, values, undefined, 'seed 7'), draws[7])
    for (const module of [0, 1]) {
      const seen = draws.map((draw) => draw[module]!)
      assert.ok(seen.every((heads) => heads.length === 2 && heads[0]! < heads[1]!))
      assert.equal(new Set(seen.flat()).size, HEADS, 'every head is drawn by some seed')
    }
    assert.ok(
      draws.some(([query, value]) => query!.join() !== value!.join()),
      'modules draw apart',
    )
  })

  it('breaks ties by the seeded order, so that sites do not all take the first heads', async () => {
    const zero = withNorms([new Array<number>(HEADS).fill(0), new Array<number>(HEADS).fill(0)])
    for (const seed of ['a', 'b', 'c']) {
      const drawn = await choose({ count: 2, score: 'random' }, zero, undefined, seed)
      assert.deepEqual(await choose({ count: 2, score: 'weight' }, zero, undefined, seed), drawn)
      assert.deepEqual(await choose({ count: 2, score: 'gradient' }, zero, zero, seed), drawn)
    }
  })

  for (const count of [0, 6, 1.5, NaN]) {
    it(`refuses ${count} heads of ${HEADS}`, () =>
      assert.rejects(() => choose({ count, score: 'random' }, values), {
        code: 'ERR_TRAIN_OPTIONS',
        message: /heads\.count: expected a whole number from 1 to 5/,
      }))
  }

  it('refuses a budget of heads for an adapter without heads', () =>
    assert.rejects(
      () =>
        chooseParts([moduleAdapter(lora, MODULES[0]!)], { count: 1, score: 'weight' }, '', new Map(), () =>
          Promise.resolve(new Map()),
        ),
      { code: 'ERR_TRAIN_OPTIONS', message: /this adapter has no heads/ },
    ))
})

describe('what a choice trains', () => {
  const values = new Map([
    ...adapters.flatMap((adapter) => [...adapter.start(null)]),
    ['classifier/bias', new Float32Array(3)],
  ])
  const wire = new Map(adapters.flatMap((adapter) => [...adapter.wire(values)]))
  const choice = new Map([
    ['query', [1, 4]],
    ['value', [0, 2]],
  ])

  it('is named as it travels', () => {
    assert.deepEqual(trainedNames(adapters, choice, wire), ['adapter/query/head.1', 'adapter/query/head.4', 'adapter/value/head.0', 'adapter/value/head.2']) // prettier-ignore
    assert.deepEqual(trainedNames(adapters, allParts(adapters), wire), [...wire.keys()])
  })

  it('is cores and scales of the chosen heads, and everything that is no head', () => {
    for (const view of rangeViews(trainedRanges(adapters, choice, values), values).values()) view.fill(7)
    const changed = (name: string, size: number) =>
      Array.from({ length: HEADS }, (_, h) => h).filter((h) => values.get(name)!.subarray(h * size, (h + 1) * size).every((value) => value === 7)) // prettier-ignore
    assert.deepEqual([changed('adapter/query/cores', 4), changed('adapter/value/cores', 4)], [[1, 4], [0, 2]]) // prettier-ignore
    assert.deepEqual([changed('adapter/query/scales', 1), changed('adapter/value/scales', 1)], [[1, 4], [0, 2]]) // prettier-ignore
    assert.deepEqual([...values.get('classifier/bias')!], [7, 7, 7])
  })
})
