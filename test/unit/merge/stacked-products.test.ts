import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { loraScale } from '../../../src/merge/adapters/adapter-lora.ts'
import { loraAName, loraBName } from '../../../src/merge/format/contribution-tensors.ts'
import { denseGram, ridged, toDense } from '../../../src/merge/linear/gram.ts'
import { matmul, matrixFromTensor, transpose, zeros } from '../../../src/merge/linear/matrix.ts'
import { createRandom, type Random } from '../../../src/merge/linear/random.ts'
import { mergeContributions } from '../../../src/merge/merge.ts'
import { closedForm } from '../../../src/merge/rules/combine.ts'
import { mergeTasks, type TaskFactors } from '../../../src/merge/rules/merge-tasks.ts'
import type { Term } from '../../../src/merge/rules/term.ts'
import { readGram } from '../../../src/merge/rules/read-gram.ts'
import { stackedSpec, stackProducts } from '../../../src/merge/rules/stacked-products.ts'
import type { GramSpec, LoraSpec, Matrix, MergeSpec } from '../../../src/merge/types.ts'
import { admitted, CHARTER, LORA, makeSpec, RAVAN } from './fixtures.ts'
import { assertClose, matrices, readCases, relativeError } from './vectors.ts'

const modules = [
  { name: 'wide', in: 13, out: 7 },
  { name: 'tall', in: 6, out: 11 },
] as const
const BOTH: LoraSpec = { ...LORA, rank: 2, alpha: 3, trains: 'AB' }
const specOf = (grams: GramSpec, adapter: LoraSpec = BOTH): MergeSpec =>
  makeSpec({ rule: 'regmean', adapter, modules, grams, ridge: 1e-4, decay: 0.5 })

const FORMS: readonly GramSpec[] = [
  { form: 'full' },
  { form: 'full', shrink: 0.5 },
  { form: 'diagonal' },
  { form: 'top-k', k: 1 },
  { form: 'top-k', k: 4 },
]

for (const grams of FORMS) {
  test(`regmean, Grams ${JSON.stringify(grams)}: the product is RegMean of the products, formed the long way`, () => {
    const spec = specOf(grams)
    const views = ['peer-a', 'peer-b', 'peer-c'].map((peer, i) => admitted({ spec, peer, header: { generation: i + 1 } })) // prettier-ignore
    const { adapter, adapterSpec } = mergeContributions(spec, { charter: CHARTER }, views)
    assert.deepEqual(adapterSpec, { ...BOTH, scaling: 'standard', rank: 6, alpha: 9 })
    for (const module of modules) {
      const [nameA, nameB] = [loraAName(module.name), loraBName(module.name)]
      const terms = [...views]
        .sort((x, y) => (x.id < y.id ? -1 : 1))
        .map((view) => {
          const a = matrixFromTensor(nameA, view.tensor(nameA), 2, module.in)
          const b = matrixFromTensor(nameB, view.tensor(nameB), module.out, 2)
          const gram = denseGram(toDense(ridged(readGram(spec, module, view), spec.ridge)))
          return {
            id: view.id,
            count: 1,
            weight: 0.5 ** (3 - view.header.generation),
            value: matmul(b, a),
            gram,
          }
        })
      const merged = matmul(
        matrixFromTensor(nameB, adapter.get(nameB)!, module.out, 6),
        matrixFromTensor(nameA, adapter.get(nameA)!, 6, module.in),
      )
      assert.ok(relativeError(merged.data, closedForm(terms, 'long way').data) < 1e-5)
    }
  })
}

test('the scale of the stack is that of one adapter, whatever the scaling', () => {
  for (const scaling of ['standard', 'rslora'] as const) {
    for (const count of [1, 2, 3, 7, 20]) {
      const one: LoraSpec = { ...BOTH, scaling, rank: 3, alpha: 5 }
      const many = stackedSpec(one, count)
      assert.deepEqual([many.rank, many.trains, many.scaling], [3 * count, 'AB', scaling])
      assert.ok(Math.abs(loraScale(many) / loraScale(one) - 1) < 1e-15)
    }
  }
})

test('more rank than a module has is refused by its numbers; one contribution fewer is merged', () => {
  const spec = specOf({ form: 'full' })
  const views = [0, 1, 2, 3].map((i) => admitted({ spec, peer: `peer-${i}` }))
  assert.throws(() => mergeContributions(spec, { charter: CHARTER }, views), {
    code: 'ERR_MERGE_RANK',
    message: /^module wide: 4 adapters of rank 2 side by side have rank 8, expected at most 7; merge fewer/,
  })
  const { adapter } = mergeContributions(spec, { charter: CHARTER }, views.slice(1))
  assert.deepEqual(adapter.get(loraBName('tall'))!.shape, [11, 6])
})

test('regmean is for lora that trains A and B, with Grams of whole inputs', () => {
  const refused = (changes: Partial<MergeSpec>, message: RegExp) =>
    assert.throws(() => makeSpec({ rule: 'regmean', adapter: BOTH, ridge: 1e-4, ...changes }), { code: 'ERR_MERGE_SPEC', message }) // prettier-ignore
  refused({ adapter: RAVAN, grams: { form: 'full' } }, /kind 'lora' that trains 'AB'/)
  refused({ adapter: { ...BOTH, trains: 'B' }, grams: { form: 'full' } }, /kind 'lora' that trains 'AB'/)
  refused({}, /full, diagonal or top-k/)
  refused({ grams: { form: 'projected' } }, /full, diagonal or top-k/)
})

test('golden: LoRM’s merge of tasks', () => {
  const vector = readCases('lorm_head_task.json').find(({ name }) => name.startsWith('task-end'))!
  const residuals = matrices(vector.dW)
  const tasks = matrices(vector.G).map((gram, t): TaskFactors => {
    const a = zeros(gram.rows, gram.rows)
    for (let i = 0; i < a.rows; i++) a.data[i * a.cols + i] = 1
    return { id: vector.ids[t]!, b: residuals[t]!, a, gram: denseGram(gram) }
  })
  const { a, b } = mergeTasks(tasks, 0)
  assert.deepEqual([b.rows, b.cols, a.rows, a.cols], [4, 18, 18, 6])
  assertClose(matmul(b, a), vector.expected, vector.tol, vector.name)
})

const normal = (random: Random, rows: number, cols: number): Matrix => ({ rows, cols, data: Float64Array.from({ length: rows * cols }, () => random.normal()) }) // prettier-ignore

function task(random: Random, id: string, rank: number, samples: number): TaskFactors {
  const x = normal(random, samples, 9)
  return { id, b: normal(random, 5, rank), a: normal(random, rank, 9), gram: denseGram(matmul(transpose(x), x)) } // prettier-ignore
}

test('tasks: different ranks, any order, no data in most directions; the gradient of the objective vanishes', () => {
  fc.assert(
    fc.property(
      fc.nat(1e6),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 12 }),
      (seed, count, samples) => {
        const random = createRandom(`tasks ${seed}`)
        const tasks = Array.from({ length: count }, (_, t) => task(random, `task ${t}`, 1 + (t % 3), samples))
        const merged = mergeTasks(tasks, 1e-3)
        assert.deepEqual(mergeTasks([...tasks].reverse(), 1e-3), merged)
        const product = matmul(merged.b, merged.a)
        const gradient = zeros(5, 9)
        let size = 0
        for (const { a, b, gram } of tasks) {
          const own = matmul(b, a)
          const g = toDense(ridged(gram, 1e-3))
          const pull = matmul({ ...own, data: own.data.map((x, i) => product.data[i]! - x) }, g)
          pull.data.forEach((x, i) => (gradient.data[i]! += x))
          size += Math.hypot(...matmul(own, g).data)
        }
        assert.ok(Math.hypot(...gradient.data) <= 1e-10 * size)
      },
    ),
    { numRuns: 40, seed: 9 },
  )
})

test('what is placed among zeros and merged the plain way has the same bits', () => {
  const random = createRandom('bits')
  const terms = ['a', 'b', 'c'].map((id, t) => ({
    ...task(random, id, 2, 12),
    count: 1,
    weight: 1 / (t + 1),
  }))
  const plain = terms.map(({ a, id, weight, count, gram }, t): Term => {
    const value = zeros(6, 9)
    value.data.set(a.data, t * a.data.length)
    return { id, weight, count, gram: ridged(gram, 1e-3), value }
  })
  const stacked = stackProducts(terms.map((term) => ({ ...term, gram: ridged(term.gram, 1e-3) })), 'bits') // prettier-ignore
  assert.deepEqual(stacked.a.data, closedForm(plain, 'plain').data)
})

test('tasks: one task is itself, and tasks of equal residual stay it', () => {
  const one = task(createRandom('one'), 'a', 2, 20)
  const { a, b } = mergeTasks([one], 1e-6)
  assert.ok(relativeError(matmul(b, a).data, matmul(one.b, one.a).data) < 1e-12)
  const other = { ...task(createRandom('two'), 'b', 2, 30), a: one.a, b: one.b }
  const both = mergeTasks([one, other], 1e-6)
  assert.ok(relativeError(matmul(both.b, both.a).data, matmul(one.b, one.a).data) < 1e-12)
})
