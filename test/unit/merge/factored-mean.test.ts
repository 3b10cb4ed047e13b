import assert from 'node:assert/strict'
import { test } from 'node:test'
import { denseGram, toDense, type FactoredGram } from '../../../src/merge/linear/gram.ts'
import { zeros } from '../../../src/merge/linear/matrix.ts'
import { projectGram } from '../../../src/merge/linear/project-gram.ts'
import { createRandom } from '../../../src/merge/linear/random.ts'
import { closedForm } from '../../../src/merge/rules/combine.ts'
import { FACTORED_BELOW, factoredMean, factoredTerms } from '../../../src/merge/rules/factored-mean.ts'
import type { Term } from '../../../src/merge/rules/term.ts'
import { exactMean } from './exact-mean.ts'
import { assertBits, assertClose, byId, matrices, readCases, relativeError, type Rows } from './vectors.ts'
import { matrixFromRows } from './matrix-from-rows.ts'

const random = createRandom('factored')
const dyadic = (bits: number): number => Math.round(random.normal() * 2 ** bits) / 2 ** bits

interface Shape {
  readonly rows: number
  readonly size: number
  readonly vectors: number
  /** Of the diagonal. */
  readonly rest: number
  /** Whether all sites have the same eigenvectors, the hardest case. */
  readonly same?: boolean
}

/** Three sites whose numbers have few bits, so that products of them are exact. */
function sites({
  rows,
  size,
  vectors,
  rest,
  same = false,
}: Shape): readonly (Term & { gram: FactoredGram })[] {
  const draw = (): Float64Array => Float64Array.from({ length: vectors * size }, () => dyadic(8))
  const shared = draw()
  return [1, 0.5, 0.25].map((weight, t) => ({
    id: `site ${t}`,
    weight,
    count: 1,
    value: { rows, cols: size, data: Float64Array.from({ length: rows * size }, () => dyadic(10)) },
    gram: {
      kind: 'factored',
      vectors: { rows: vectors, cols: size, data: same ? shared : draw() },
      values: Float64Array.from({ length: vectors }, (_, j) => 3 + t + j),
      diagonal: Float64Array.from({ length: size }, (_, i) => rest * (1 + ((t + i) % 3))),
    },
  }))
}

const dense = (terms: readonly (Term & { gram: FactoredGram })[]): Float64Array =>
  closedForm(
    terms.map((term) => ({ ...term, gram: denseGram(toDense(term.gram)) })),
    'dense',
  ).data

for (const shape of [
  { rows: 3, size: 7, vectors: 1, rest: 1 },
  { rows: 1, size: 11, vectors: 1, rest: 0.25, same: true },
  { rows: 5, size: 14, vectors: 2, rest: 2 ** -10 },
  { rows: 2, size: 9, vectors: 0, rest: 0.5 },
]) {
  test(`few vectors: the exact mean and that of the dense path, ${JSON.stringify(shape)}`, () => {
    const terms = sites(shape)
    const chosen = factoredTerms(terms)
    assert.ok(chosen !== undefined)
    const merged = factoredMean(chosen, 'test').data
    assert.ok(relativeError(merged, exactMean(terms)) < 1e-14)
    assert.ok(relativeError(merged, dense(terms)) < 1e-11)
    assert.deepEqual(closedForm(terms, 'test').data, merged)
  })
}

for (const rest of [2 ** -20, 2 ** -27]) {
  for (const same of [false, true]) {
    test(`a rest of ${rest} beside eigenvalues of 100, ${same ? 'shared' : 'own'} directions: no worse than the dense path`, () => {
      const terms = sites({ rows: 3, size: 9, vectors: 1, rest, same })
      const exact = exactMean(terms)
      const error = relativeError(factoredMean(factoredTerms(terms)!, 'test').data, exact)
      assert.ok(error < 1e-15 / rest, `error ${error}`)
      if (!same) assert.ok(error < 1e-14, `error ${error}`)
    })
  }
}

test('many vectors, a negative value or a diagonal of zero are solved densely', () => {
  const size = 8
  assert.ok(factoredTerms(sites({ rows: 2, size, vectors: 1, rest: 1 })) !== undefined)
  assert.ok(3 * 2 >= FACTORED_BELOW * size)
  const many = sites({ rows: 2, size, vectors: 2, rest: 1 })
  assert.equal(factoredTerms(many), undefined)
  assert.ok(relativeError(closedForm(many, 'many').data, exactMean(many)) < 1e-12)
  const [first, ...rest] = sites({ rows: 2, size, vectors: 1, rest: 1 })
  const negative = { ...first!, gram: { ...first!.gram, values: Float64Array.of(-0.0625) } }
  assert.equal(factoredTerms([negative, ...rest]), undefined)
  assert.equal(factoredTerms(sites({ rows: 2, size, vectors: 1, rest: 0 })), undefined)
  assert.equal(factoredTerms([{ ...first!, gram: denseGram(toDense(first!.gram)) }, ...rest]), undefined)
})

test('a factored Gram is projected without being formed', () => {
  const [{ gram, value }] = sites({ rows: 4, size: 11, vectors: 3, rest: 0.5 }) as [
    Term & { gram: FactoredGram },
  ]
  const projected = projectGram(value, gram).data
  assert.ok(relativeError(projected, projectGram(value, denseGram(toDense(gram))).data) < 1e-14)
})

test('equal values stay as they are, whatever the Grams say', () => {
  const terms = sites({ rows: 3, size: 12, vectors: 1, rest: 1e-6 })
  const { value } = terms[0]!
  const merged = factoredMean(factoredTerms(terms.map((term) => ({ ...term, value })))!, 'test')
  assert.ok(relativeError(merged.data, value.data) < 1e-15)
})

test('a value or vectors of another shape are refused by name', () => {
  const terms = sites({ rows: 3, size: 12, vectors: 1, rest: 1 })
  const odd = [terms[0]!, { ...terms[1]!, value: zeros(2, 12) }]
  assert.throws(() => factoredMean(odd, 'module'), {
    code: 'ERR_SHAPE_MISMATCH',
    message: /factor under module/,
  })
  const narrow = { ...terms[1]!, gram: { ...terms[1]!.gram, vectors: zeros(1, 11) } }
  assert.throws(() => factoredMean([terms[0]!, narrow], 'module'), { code: 'ERR_SHAPE_MISMATCH' })
})

test('golden: diagonal Grams, with a feature that nobody has seen', () => {
  const vector = readCases('lorm_a_step.json').find(({ name }) => name.startsWith('diagonal'))!
  const factors = matrices(vector.A)
  const terms = byId(vector.ids).map((i) => {
    const diagonal = Float64Array.from((vector.g as Rows)[i]!)
    const gram: FactoredGram = { kind: 'factored', vectors: zeros(0, diagonal.length), values: new Float64Array(0), diagonal } // prettier-ignore
    return { id: vector.ids[i]!, weight: 1, count: 1, value: factors[i]!, gram }
  })
  const merged = closedForm(terms, 'diagonal')
  assertBits(merged, vector.expected_canonical, vector.name)
  assertClose(merged, vector.expected, vector.tol, vector.name)
  const erased = matrixFromRows(vector.expected_reference_pinv as Rows)
  assert.ok(relativeError(merged.data, erased.data) > 1e-3, 'a pseudo-inverse would erase feature 3')
})
