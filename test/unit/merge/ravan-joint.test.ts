import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { frozenFactors } from '../../../src/merge/adapters/frozen-factors.ts'
import { headName } from '../../../src/merge/format/contribution-tensors.ts'
import { denseGram, ridged, toDense } from '../../../src/merge/linear/gram.ts'
import { matmul, matrixFromTensor, transpose, zeros } from '../../../src/merge/linear/matrix.ts'
import { createRandom, type Random } from '../../../src/merge/linear/random.ts'
import { mergeContributions } from '../../../src/merge/merge.ts'
import { closedForm } from '../../../src/merge/rules/combine.ts'
import { solveCoupledDirectly } from '../../../src/merge/rules/coupled-direct.ts'
import { conjugateGradients, MAX_STEPS } from '../../../src/merge/rules/coupled-gradients.ts'
import { coupledHeads, DIRECT_UP_TO } from '../../../src/merge/rules/coupled-heads.ts'
import { coupledSystem, diagonalOfProduct } from '../../../src/merge/rules/coupled-system.ts'
import { blockDiagonal, diagonalBlock } from '../../../src/merge/rules/joint-heads.ts'
import type { Term } from '../../../src/merge/rules/term.ts'
import { weighTerms } from '../../../src/merge/rules/weigh-terms.ts'
import type { Matrix, MergeSpec, RavanSpec } from '../../../src/merge/types.ts'
import { admitted, CHARTER, LORA, makeSpec, RAVAN } from './fixtures.ts'
import { assertBits, assertClose, byId, matrices, readCases, relativeError, type Rows } from './vectors.ts'
import { matrixFromRows } from './matrix-from-rows.ts'

const merge = (spec: MergeSpec, peers: readonly string[]) => {
  const views = peers.map((peer) => admitted({ spec, peer }))
  return { views, ...mergeContributions(spec, { charter: CHARTER }, views) }
}

/** tr((M − D)ᵀ Q (M − D) Γ) added up over the terms: what is minimised, straight from its definition. */
function objective(m: Matrix, q: Matrix, terms: readonly Term[]): number {
  let sum = 0
  for (const { value, gram, weight } of terms) {
    const difference = { ...m, data: m.data.map((x, i) => x - value.data[i]!) }
    const product = matmul(matmul(matmul(transpose(difference), q), difference), toDense(gram!))
    for (let i = 0; i < m.rows; i++) sum += weight * product.data[i * m.cols + i]!
  }
  return sum
}

for (const vector of readCases('ravan_merge.json').filter(
  ({ expected_coupled: coupled }) => coupled !== undefined,
)) {
  const rank = vector.rank as number
  const b = matrixFromRows(vector.B as Rows)
  const q = matmul(transpose(b), b)
  const grams = matrices(vector.Gamma_canonical)
  const terms = byId(vector.ids).map((i): Term => {
    const value = blockDiagonal((vector.upload as Rows[][])[i]!.map(matrixFromRows))
    return { id: vector.ids[i]!, weight: 1, count: 1, value, gram: denseGram(grams[i]!) }
  })
  const said = vector.objective as Record<'mean' | 'decoupled' | 'coupled' | 'joint_dense_core', number>
  const right = () => {
    const { numerator, denominator } = weighTerms(terms)
    return [denominator, diagonalOfProduct(q, numerator, rank)] as const
  }

  test(`golden, coupled heads, ${vector.name}: directly and by conjugate gradients`, () => {
    const [gamma, r] = right()
    const directly = solveCoupledDirectly(q, gamma, r, 'golden')
    const iterated = conjugateGradients(coupledSystem(q, gamma, rank, 'golden'), r, zeros(r.rows, rank))
    const merged = coupledHeads(q, rank)(terms, 'golden')
    for (const [head, expected] of (vector.expected_coupled as Rows[]).entries()) {
      const of = ({ data }: Matrix): Matrix => ({ rows: rank, cols: rank, data: data.slice(head * rank ** 2, (head + 1) * rank ** 2) }) // prettier-ignore
      assertClose(of(directly), expected, vector.tol, `head ${head}, directly`)
      assertClose(of(iterated), expected, vector.tol, `head ${head}, iterated`)
      assertClose(diagonalBlock(merged, rank, head), expected, vector.tol, `head ${head}`)
    }
    assert.ok(Math.abs(objective(merged, q, terms) / said.coupled - 1) < vector.tol)
    assert.ok(said.coupled <= said.mean && said.coupled <= said.decoupled * (1 + 1e-12))
  })

  test(`golden, dense core, ${vector.name}`, () => {
    const merged = closedForm(terms, 'golden')
    assertBits(merged, vector.expected_joint_dense_core_canonical, vector.name)
    assertClose(merged, vector.expected_joint_dense_core, vector.tol, vector.name)
    assert.ok(Math.abs(objective(merged, q, terms) / said.joint_dense_core - 1) < vector.tol)
  })
}

interface Drawn {
  readonly q: Matrix
  readonly terms: readonly Term[]
}

/** Random heads of three sites and a random Q; `inputs` directions of the layer's inputs have data. */
function draw(random: Random, heads: number, rank: number, inputs: number, orthonormal: boolean): Drawn {
  const size = heads * rank
  const normal = (rows: number, cols: number): Matrix => ({ rows, cols, data: Float64Array.from({ length: rows * cols }, () => random.normal()) }) // prettier-ignore
  const b = normal(size + 1, size)
  const identity = zeros(size, size)
  for (let i = 0; i < size; i++) identity.data[i * size + i] = 1
  const terms = [1, 0.5, 0.25].map((weight, t): Term => {
    const rows = normal(inputs, size)
    const cores = Array.from({ length: heads }, () => normal(rank, rank))
    const gram = ridged(denseGram(matmul(transpose(rows), rows)), 1e-3)
    return { id: `site ${t}`, weight, count: 1, value: blockDiagonal(cores), gram }
  })
  return { q: orthonormal ? identity : matmul(transpose(b), b), terms }
}

const shapes = fc.record({ seed: fc.nat(1e6), heads: fc.integer({ min: 1, max: 4 }), rank: fc.integer({ min: 1, max: 6 }) }) // prettier-ignore

test('coupled heads: the gradient of the objective vanishes at the result, and no step lowers it', () => {
  fc.assert(
    fc.property(shapes, ({ seed, heads, rank }) => {
      const random = createRandom(`coupled ${seed}`)
      const { q, terms } = draw(random, heads, rank, heads * rank + 3, false)
      const merged = coupledHeads(q, rank)(terms, 'drawn')
      const best = objective(merged, q, terms)
      for (let trial = 0; trial < 4; trial++) {
        const step = { ...merged, data: merged.data.map((x) => (x === 0 ? 0 : x + 1e-3 * random.normal())) }
        assert.ok(objective(step, q, terms) >= best * (1 - 1e-12))
      }
    }),
    { numRuns: 30, seed: 3 },
  )
})

test('coupled heads: conjugate gradients and the dense solve agree; orthonormal bases decouple', () => {
  fc.assert(
    fc.property(shapes, fc.boolean(), ({ seed, heads, rank }, orthonormal) => {
      const { q, terms } = draw(createRandom(`agree ${seed}`), heads, rank, heads * rank, orthonormal)
      const { numerator, denominator } = weighTerms(terms)
      const r = diagonalOfProduct(q, numerator, rank)
      const directly = solveCoupledDirectly(q, denominator, r, 'drawn')
      const iterated = conjugateGradients(
        coupledSystem(q, denominator, rank, 'drawn'),
        r,
        zeros(r.rows, rank),
      )
      assert.ok(relativeError(iterated.data, directly.data) < 1e-8)
      if (!orthonormal) return
      for (let head = 0; head < heads; head++) {
        const alone = terms.map((term) => ({ ...term, value: diagonalBlock(term.value, rank, head), gram: denseGram(diagonalBlock(toDense(term.gram!), rank, head)) })) // prettier-ignore
        const block = directly.data.subarray(head * rank ** 2, (head + 1) * rank ** 2)
        assert.ok(relativeError(block, closedForm(alone, 'alone').data) < 1e-10)
      }
    }),
    { numRuns: 40, seed: 5 },
  )
})

for (const [heads, rank] of [
  [2, 3],
  [4, 8],
] as const) {
  test(`equal heads stay as they are, ${heads} of rank ${rank}, on either side of the limit of direct solves`, () => {
    const { q, terms } = draw(createRandom('equal'), heads, rank, 5, false)
    const { value } = terms[0]!
    const merged = coupledHeads(q, rank)(terms.map((term) => ({ ...term, value })), 'equal') // prettier-ignore
    assert.ok(relativeError(merged.data, value.data) < 1e-9)
    assert.equal(heads * rank ** 2 <= DIRECT_UP_TO, heads === 2)
  })
}

test('conjugate gradients end where rounding lets the residual fall no further, and are then no worse than their start', () => {
  const { q, terms } = draw(createRandom('hard'), 4, 6, 30, false)
  const bad = q.data.slice()
  for (let i = 0; i < 24; i++) for (let j = 0; j < 24; j++) bad[i * 24 + j]! *= 10 ** (-(i + j) / 6) // prettier-ignore
  const { numerator, denominator } = weighTerms(terms)
  const hard = { ...q, data: bad }
  let steps = 0
  const system = coupledSystem(hard, denominator, 6, 'hard')
  const counted = { ...system, apply: (blocks: Matrix) => (steps++, system.apply(blocks)) }
  const r = diagonalOfProduct(hard, numerator, 6)
  const x = conjugateGradients(counted, r, zeros(24, 6))
  assert.ok(steps <= MAX_STEPS + 1 && x.data.every(Number.isFinite))
  const split = ({ data }: Matrix) => blockDiagonal([0, 1, 2, 3].map((h) => ({ rows: 6, cols: 6, data: data.slice(h * 36, (h + 1) * 36) }))) // prettier-ignore
  assert.ok(objective(split(x), hard, terms) < objective(split(zeros(24, 6)), hard, terms))
  assert.deepEqual(conjugateGradients(system, zeros(24, 6), zeros(24, 6)).data, new Float64Array(144))
})

test('with the least ridge of a charter, on one direction of inputs and of outputs, the merge stays within the heads', () => {
  const { terms } = draw(createRandom('singular'), 4, 2, 9, false)
  const outer = (value: number): Matrix => {
    const row = { rows: 1, cols: 8, data: Float64Array.from({ length: 8 }, (_, i) => value / (i + 1)) }
    return toDense(ridged(denseGram(matmul(transpose(row), row)), 1e-7))
  }
  const flat = terms.map((term, t) => ({ ...term, gram: denseGram(outer(2 + t)) }))
  const largest = ({ data }: Matrix): number => data.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  const merged = largest(coupledHeads(outer(3), 2)(flat, 'singular'))
  const most = Math.max(...terms.map(({ value }) => largest(value)))
  assert.ok(merged > 0 && merged < 3 * most, `${merged} of ${most}`)
})

test('under equal Grams both rules are the weighted mean of the heads', () => {
  const { q, terms } = draw(createRandom('same Grams'), 3, 3, 20, false)
  const same = terms.map((term) => ({ ...term, gram: terms[0]!.gram }))
  const mean = terms[0]!.value.data.map((_, i) => terms.reduce((sum, { value, weight }) => sum + weight * value.data[i]!, 0) / 1.75) // prettier-ignore
  assert.ok(relativeError(coupledHeads(q, 3)(same, 'same').data, mean) < 1e-10)
  assert.ok(relativeError(closedForm(same, 'same').data, mean) < 1e-12)
})

const NORMAL = { ...RAVAN, bases: 'normal' } as const satisfies RavanSpec

test('ravan-coupled on orthonormal bases gives the heads of ravan on the same joint Grams', () => {
  const changes = { adapter: RAVAN, grams: { form: 'joint' } } as const
  const peers = ['peer-a', 'peer-b', 'peer-c']
  const alone = merge(makeSpec({ ...changes, rule: 'ravan' }), peers)
  const together = merge(makeSpec({ ...changes, rule: 'ravan-coupled' }), peers)
  for (const [name, { data }] of together.adapter) {
    assert.ok(relativeError(data, alone.adapter.get(name)!.data) < 1e-5, name)
  }
})

test('ravan-coupled on normal bases: nearer to the sites’ outputs than the mean and than head by head', () => {
  const spec = makeSpec({ rule: 'ravan-coupled', adapter: NORMAL, decay: 1 })
  const { views, adapter } = merge(spec, ['peer-a', 'peer-b', 'peer-c'])
  for (const module of spec.modules) {
    const b = matrixFromTensor('B', frozenFactors(NORMAL, spec.modules).get(`frozen/${module.name}/B`)!, module.out, 4) // prettier-ignore
    const terms = views.map((view): Term => {
      const core = (head: number) => matrixFromTensor('core', view.tensor(headName(module.name, head)), 2, 2)
      const packed = view.tensor(`gram/${module.name}`).data
      const gram = zeros(4, 4)
      for (let i = 0, at = 0; i < 4; i++) for (let j = 0; j <= i; j++, at++) gram.data[i * 4 + j] = gram.data[j * 4 + i] = packed[at]! // prettier-ignore
      return {
        id: view.id,
        weight: 1,
        count: 1,
        value: blockDiagonal([core(0), core(1)]),
        gram: denseGram(gram),
      }
    })
    const q = matmul(transpose(b), b)
    const merged = blockDiagonal([0, 1].map((head) => matrixFromTensor('merged', adapter.get(headName(module.name, head))!, 2, 2))) // prettier-ignore
    const mean = { ...merged, data: merged.data.map((_, i) => terms.reduce((sum, { value }) => sum + value.data[i]! / 3, 0)) } // prettier-ignore
    const best = objective(merged, q, terms)
    assert.ok(best < objective(mean, q, terms))
    for (const i of [0, 1, 4, 5, 10, 15]) {
      const moved = { ...merged, data: merged.data.map((x, at) => (at === i ? x + 0.01 : x)) }
      assert.ok(objective(moved, q, terms) > best)
    }
  }
})

test('ravan-dense: the result is one head under the very same frozen factors', () => {
  for (const bases of ['gram-schmidt', 'normal'] as const) {
    const spec = makeSpec({ rule: 'ravan-dense', adapter: { ...RAVAN, bases } })
    const { adapterSpec, adapter } = merge(spec, ['peer-a', 'peer-b'])
    assert.deepEqual(adapterSpec, { ...spec.adapter, heads: 1, rank: 4 })
    assert.deepEqual([...adapter.keys()], spec.modules.map(({ name }) => headName(name, 0))) // prettier-ignore
    assert.deepEqual(adapter.get(headName(spec.modules[0]!.name, 0))!.shape, [4, 4])
    const before = frozenFactors(spec.adapter, spec.modules)
    const after = frozenFactors(adapterSpec, spec.modules)
    assert.deepEqual([...after.keys()], [...before.keys()])
    for (const [name, { shape, data }] of after) {
      assert.deepEqual(shape, before.get(name)!.shape)
      assert.deepEqual(new Uint8Array(data.buffer), new Uint8Array(before.get(name)!.data.buffer), name)
    }
  }
})

test('ravan-dense: one contribution is its heads along the diagonal', () => {
  const spec = makeSpec({ rule: 'ravan-dense', adapter: RAVAN })
  const { views, adapter } = merge(spec, ['peer-a'])
  for (const { name } of spec.modules) {
    const cores = [0, 1].map((head) => matrixFromTensor('core', views[0]!.tensor(headName(name, head)), 2, 2))
    assert.ok(relativeError(adapter.get(headName(name, 0))!.data, blockDiagonal(cores).data) < 1e-5)
  }
})

for (const rule of ['ravan-coupled', 'ravan-dense'] as const) {
  test(`${rule} is for ravan with joint Grams; no contributions give the charter’s start`, () => {
    assert.throws(() => makeSpec({ rule, adapter: LORA }), { code: 'ERR_MERGE_SPEC', message: /needs an adapter of kind 'ravan'/ }) // prettier-ignore
    const problem = { code: 'ERR_MERGE_SPEC', message: /needs joint Grams, the form is projected/ }
    assert.throws(() => makeSpec({ rule, adapter: RAVAN, grams: { form: 'projected' } }), problem)
    const spec = makeSpec({ rule, adapter: RAVAN })
    const start = merge(spec, [])
    assert.deepEqual([start.adapterSpec, start.adapter.size], [spec.adapter, 4])
  })
}

test('ravan-dense refuses heads that make a head larger than any adapter may have', () => {
  const modules = [{ name: 'wide', in: 2048, out: 2048 }]
  const adapter = { ...RAVAN, heads: 5, rank: 256 }
  assert.throws(() => makeSpec({ rule: 'ravan-dense', adapter, modules, limits: { maxCount: 100, maxAbs: 1, maxGenerationLead: 1 } }), { code: 'ERR_MERGE_SPEC', message: /one head of rank 1280 of 5 heads of rank 256: at most 1024/ }) // prettier-ignore
})
