import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loraAName, loraBName } from '../../../src/merge/format/contribution-tensors.ts'
import { matmul, matrixFromTensor } from '../../../src/merge/linear/matrix.ts'
import { validateHeader } from '../../../src/merge/admit/validate-header.ts'
import { mergeContributions } from '../../../src/merge/merge.ts'
import { productsFit, restOfWorld, type RestForm } from '../../../src/merge/rules/rest-of-world.ts'
import { stackProducts } from '../../../src/merge/rules/stacked-products.ts'
import { weightedMean } from '../../../src/merge/rules/weighted-mean.ts'
import type { LoraSpec, Matrix, MergeSpec, Tensor, TensorMap } from '../../../src/merge/types.ts'
import { admitted, CHARTER, LORA, makeSpec, RAVAN } from './fixtures.ts'
import { assertClose, byId, matrices, readVector, relativeError, type Rows } from './vectors.ts'
import { matrixFromRows } from './matrix-from-rows.ts'

const BOTH: LoraSpec = { ...LORA, rank: 1, trains: 'AB' }
const both = makeSpec({ rule: 'mean', adapter: BOTH })
const FORMS: readonly RestForm[] = ['factors', 'products', 'gram']

interface Golden {
  readonly ids: readonly string[]
  readonly scale: number
  readonly A: readonly Rows[]
  readonly B: readonly Rows[]
  readonly W0: Rows
  readonly x: readonly number[]
  readonly tol: number
  readonly expected: readonly {
    readonly A_row: Rows
    readonly B_row: Rows
    readonly gate: readonly [number, number]
    readonly y: readonly number[]
    readonly factor_mean_minus_product_mean: number
  }[]
  readonly sums: { readonly A: Rows; readonly B: Rows }
}

const golden = readVector('fedalt_row.json') as Golden
const column = (values: readonly number[]): Matrix => matrixFromRows(values.map((value) => [value]))

for (const [k, peer] of golden.ids.entries()) {
  test(`golden: the rest of the world of ${peer}`, () => {
    const { ids, tol, scale, W0, x } = golden
    const expected = golden.expected[k]!
    const [as, bs] = [matrices(golden.A), matrices(golden.B)]
    const others = byId(ids).filter((i) => i !== k)
    const mean = (of: readonly Matrix[]): Matrix => {
      const sum = weightedMean(of[0]!.rows, of[0]!.cols)
      for (const i of others) sum.add(of[i]!, 1)
      return sum.solve()!
    }
    const [a, b] = [mean(as), mean(bs)]
    assertClose(a, expected.A_row, tol, 'A')
    assertClose(b, expected.B_row, tol, 'B')
    const output = (b: Matrix, a: Matrix) => matmul(b, matmul(a, column(x))).data
    const frozen = matmul(matrixFromRows(W0), column(x)).data
    const [rest, own] = [output(b, a), output(bs[k]!, as[k]!)]
    const y = frozen.map((w, i) => w + scale * (expected.gate[0] * rest[i]! + expected.gate[1] * own[i]!))
    assert.ok(relativeError(y, expected.y) < tol)
    const stacked = stackProducts(others.map((i) => ({ id: ids[i]!, weight: 1, count: 1, gram: undefined, a: as[i]!, b: bs[i]! })), 'golden') // prettier-ignore
    const exact = matmul(stacked.b, stacked.a).data
    const gap = Math.hypot(...matmul(b, a).data.map((value, i) => value - exact[i]!))
    assert.ok(Math.abs(gap - expected.factor_mean_minus_product_mean) < 1e-12)
    const all = weightedMean(as[0]!.rows, as[0]!.cols)
    as.forEach((one) => all.add(one, 1))
    assertClose({ ...a, data: a.data.map((value, i) => value * others.length + as[k]!.data[i]!) }, golden.sums.A, tol, 'sum') // prettier-ignore
  })

  test(`golden, as contributions in float32: the rest of the world of ${peer}`, () => {
    const module = { name: 'layer', in: 5, out: 3 }
    const spec = makeSpec({ rule: 'mean', adapter: { ...BOTH, rank: 2 }, modules: [module] })
    const tensor = (rows: Rows): Tensor => ({ shape: [rows.length, rows[0]!.length], data: Float32Array.from(rows.flat()) }) // prettier-ignore
    const views = golden.ids.map(
      (id, i) =>
      admitted({ spec, peer: id, tensors: { [loraAName('layer')]: tensor(golden.A[i]!), [loraBName('layer')]: tensor(golden.B[i]!) } }), // prettier-ignore
    )
    const { adapter, ids } = restOfWorld(spec, views, peer, 'factors')
    assert.ok(relativeError(adapter.get(loraAName('layer'))!.data, golden.expected[k]!.A_row.flat()) < 1e-6)
    assert.ok(relativeError(adapter.get(loraBName('layer'))!.data, golden.expected[k]!.B_row.flat()) < 1e-6)
    assert.deepEqual(ids, views.filter((_, i) => i !== k).map(({ id }) => id).sort()) // prettier-ignore
  })
}

const SPECS: readonly (readonly [string, MergeSpec, readonly RestForm[]])[] = [
  ['lora A and B', both, ['factors', 'products']],
  ['lora A and B under regmean', makeSpec({ rule: 'regmean', adapter: BOTH, grams: { form: 'diagonal' } }), FORMS], // prettier-ignore
  ['lora B', makeSpec(), FORMS],
  ['ravan', makeSpec({ rule: 'ravan', adapter: RAVAN }), FORMS],
  ['ravan-coupled', makeSpec({ rule: 'ravan-coupled', adapter: { ...RAVAN, bases: 'normal' } }), FORMS],
]

const nearly = (actual: TensorMap, expected: (name: string) => Float32Array): void => {
  for (const [name, { data }] of actual) assert.ok(relativeError(data, expected(name)) < 1e-5, name)
}

for (const [what, spec, forms] of SPECS) {
  for (const form of forms) {
    test(`${what}, ${form}: with two peers it is the other's adapter, newest state, in the charter's shape`, () => {
      const own = admitted({ spec, peer: 'me' })
      const old = admitted({ spec, peer: 'other', seed: 'old' })
      const other = admitted({ spec, peer: 'other', seed: 'new', header: { sequence: 2 } })
      const { adapterSpec, adapter, ids } = restOfWorld(spec, [own, other, old], 'me', form)
      assert.deepEqual(adapterSpec, { ...spec.adapter })
      assert.deepEqual(ids, [other.id])
      nearly(adapter, (name) => other.tensor(name).data)
      assert.equal(adapter.size, spec.modules.length * (spec.adapter.kind === 'lora' && spec.adapter.trains === 'B' ? 1 : 2)) // prettier-ignore
    })

    test(`${what}, ${form}: alone it is zero, of no contribution`, () => {
      const { adapterSpec, adapter, ids } = restOfWorld(spec, [admitted({ spec, peer: 'me' })], 'me', form)
      assert.deepEqual([adapterSpec, ids], [spec.adapter, []])
      assert.ok(adapter.size > 0 && [...adapter.values()].every(({ data }) => data.every((x) => x === 0)))
    })

    test(`${what}, ${form}: one's own contributions change nothing, nor do order and repetition`, () => {
      const [a, b] = ['peer-a', 'peer-b'].map((peer) => admitted({ spec, peer }))
      const mine = ['1', '2'].map((seed, i) => admitted({ spec, peer: 'me', seed, header: { sequence: i + 1 } })) // prettier-ignore
      const rest = restOfWorld(spec, [a!, b!], 'me', form)
      assert.deepEqual(restOfWorld(spec, [mine[1]!, b!, a!, mine[0]!, b!], 'me', form), rest)
    })
  }
}

test('products: the exact mean of what the others do, of their rank together', () => {
  const views = ['me', 'a', 'b', 'c'].map((peer) => admitted({ spec: both, peer }))
  const { adapterSpec, adapter } = restOfWorld(both, views, 'me', 'products')
  assert.deepEqual(adapterSpec, { ...both.adapter, rank: 3, alpha: 3 })
  for (const { name, in: inputs, out } of both.modules) {
    const product = (rank: number, of: (tensor: string) => Tensor) =>
      matmul(
        matrixFromTensor('B', of(loraBName(name)), out, rank),
        matrixFromTensor('A', of(loraAName(name)), rank, inputs),
      ).data
    const others = views.slice(1).map((view) => product(1, (tensor) => view.tensor(tensor)))
    const mean = others[0]!.map((_, i) => others.reduce((sum, one) => sum + one[i]! / 3, 0))
    assert.ok(
      relativeError(
        product(3, (tensor) => adapter.get(tensor)!),
        mean,
      ) < 1e-6,
    )
  }
})

test('products of more rank than a module are refused by their numbers; their factors are averaged', () => {
  const spec = makeSpec({ rule: 'mean', adapter: { ...BOTH, rank: 3 } })
  const views = ['me', 'a', 'b'].map((peer) => admitted({ spec, peer }))
  assert.throws(() => restOfWorld(spec, views, 'me', 'products'), {
    code: 'ERR_MERGE_RANK',
    message: /module layer.0.query: 2 adapters of rank 3 side by side have rank 6, expected at most 5/,
  })
  assert.equal(restOfWorld(spec, views, 'me', 'factors').adapterSpec, spec.adapter)
})

test('gram: the merge of the others alone, by the charter’s rule and their age', () => {
  const spec = makeSpec({ decay: 0.5 })
  const views = ['me', 'a', 'b'].map((peer, i) => admitted({ spec, peer, header: { generation: 7 - 3 * i } }))
  const { adapter } = restOfWorld(spec, views, 'me', 'gram')
  assert.deepEqual(adapter, mergeContributions(spec, { charter: CHARTER }, views.slice(1)).adapter)
})

test('a peer that signed two contributions under one sequence number does not count, as in the merge', () => {
  const honest = admitted({ spec: both, peer: 'a' })
  const lies = ['x', 'y'].map((seed) => admitted({ spec: both, peer: 'b', seed }))
  assert.deepEqual(restOfWorld(both, [...lies, honest], 'me', 'factors').ids, [honest.id])
})

test('of a site with another rank or other target modules there is no rest of the world: it is named, not cut to fit', () => {
  const wide = { ...both, adapter: { ...BOTH, rank: 2 } }
  const elsewhere = { ...both, modules: [{ name: 'layer.9.query', in: 8, out: 5 }] }
  const own = admitted({ spec: both, peer: 'me' })
  const [wider, stray] = [wide, elsewhere].map((spec) => admitted({ spec, peer: 'other' }))
  for (const { header } of [wider!, stray!]) {
    assert.equal(validateHeader(both, header).ok, false, 'nodes do not even fetch it')
  }
  for (const form of ['factors', 'products'] as const)
    assert.throws(() => restOfWorld(both, [own, wider!], 'me', form), { code: /^ERR_/, message: /layer.0.query/ }) // prettier-ignore
  assert.deepEqual(restOfWorld(both, [own, stray!], 'me', 'factors').ids, [])
})

test('Grams under a rule without them, and adapters with personal entries, are refused', () => {
  assert.throws(() => restOfWorld(both, [], 'me', 'gram'), { code: 'ERR_MERGE_SPEC', message: /mean weighs by no Grams/ }) // prettier-ignore
  const fedselect = makeSpec({ rule: 'fedselect' })
  assert.throws(() => restOfWorld(fedselect, [], 'me', 'factors'), { code: 'ERR_MERGE_SPEC', message: /personal/ }) // prettier-ignore
})

test('products fit as long as no module is narrower than all of them beside each other', () => {
  const narrowest = Math.min(...both.modules.map((module) => Math.min(module.in, module.out)))
  assert.ok(productsFit(both, narrowest))
  assert.ok(!productsFit(both, narrowest + 1))
  assert.ok(productsFit(makeSpec({ rule: 'lorm', adapter: LORA }), 1000), 'means of B are no wider than B')
})
