import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { combine } from '../../../../src/merge/rules/combine.ts'
import { createRandom } from '../../../../src/merge/linear/random.ts'
import { zeros } from '../../../../src/merge/linear/matrix.ts'
import { denseGram } from '../../../../src/merge/linear/gram.ts'
import { mergeContributions } from '../../../../src/merge/merge.ts'
import { DEFAULT_ROBUST } from '../../../../src/merge/robust/default-robust.ts'
import { takesLimits } from '../../../../src/merge/rules/adapter-rules.ts'
import type { Term } from '../../../../src/merge/rules/term.ts'
import type { Matrix, MergeSpec, RobustSpec } from '../../../../src/merge/types.ts'
import { admitted, CHARTER, everySpec, makeSpec } from '../fixtures.ts'
import { relativeError } from '../vectors.ts'
import { bits, OFF, randomTerm, scalarTerm } from './terms.ts'
import { matrixFromRows } from '../matrix-from-rows.ts'

const merge = (robust: RobustSpec | undefined, terms: readonly Term[]): Matrix =>
  combine({ robust } as MergeSpec, terms, 'test')

const EVERY: readonly (readonly [string, RobustSpec])[] = [
  ['the default', DEFAULT_ROBUST],
  ['normalised', { ...DEFAULT_ROBUST, normalise: true, filter: { rule: 'multi-krum', byzantine: 2 } }],
  ['the geometric median', { ...DEFAULT_ROBUST, estimator: 'geometric-median' }],
  ['the coordinate median', { ...DEFAULT_ROBUST, estimator: 'coordinate-median' }],
  ['the trimmed mean', { ...DEFAULT_ROBUST, estimator: { rule: 'trimmed-mean', share: 0.2 } }],
]

describe('robust merging', () => {
  for (const [name, robust] of EVERY) {
    it(`${name}: one and two contributions are merged as they are`, () => {
      const random = createRandom('few')
      const terms = [randomTerm(random, 3, 4), { ...randomTerm(random, 3, 4), count: 10_000, weight: 0.01 }]
      for (const few of [terms.slice(0, 1), terms]) {
        assert.deepEqual(bits(merge(robust, few)), bits(merge(undefined, few)))
      }
    })

    it(`${name}: identical contributions return themselves`, () => {
      const random = createRandom('same')
      const term = randomTerm(random, 3, 4)
      const merged = merge(robust, [term, term, term, term, term])
      assert.ok(relativeError(merged.data, term.value.data) < 1e-12)
      const plain = { ...term, gram: undefined }
      assert.ok(relativeError(merge(robust, [plain, plain, plain]).data, term.value.data) < 1e-15)
    })

    it(`${name}: the same bits again, and finite, whatever the contributions`, () => {
      fc.assert(
        fc.property(
          fc.integer(),
          fc.integer({ min: 1, max: 9 }),
          fc.integer({ min: 1, max: 5 }),
          fc.boolean(),
          (seed, sites, size, grams) => {
            // prettier-ignore
            const make = () => {
            const random = createRandom(`any ${seed}`)
            return Array.from({ length: sites }, () => {
              const term = { ...randomTerm(random, 2, size, 1 + random.below(9)), weight: random.uniform() }
              return grams ? term : { ...term, gram: undefined }
            })
          }
            const merged = merge(robust, make())
            assert.deepEqual(bits(merged), bits(merge(robust, make())))
            assert.ok(merged.data.every(Number.isFinite))
          },
        ),
        { numRuns: 40, seed: 7 },
      )
    })
  }

  it('changes nothing, to the bit, where no cap binds', () => {
    const random = createRandom('inside')
    const terms = Array.from({ length: 6 }, () => randomTerm(random, 3, 4, 200))
    const wide: RobustSpec = { ...DEFAULT_ROBUST, clip: 100 }
    assert.deepEqual(bits(merge(wide, terms)), bits(merge(undefined, terms)))
  })

  it('weighs by age: γ scales what a contribution counts for', () => {
    const terms = [0, 1, 4].map((value, i) => scalarTerm(value, { weight: [1, 1, 0.5][i]! }))
    assert.equal(merge({ ...OFF, clip: 10 }, terms).data[0], (0 + 1 + 2) / 2.5)
  })

  it('estimators: known answers', () => {
    const terms = [0, 1, 2, 3, 100].map((value) => scalarTerm(value))
    assert.equal(merge({ ...OFF, estimator: 'coordinate-median' }, terms).data[0], 2)
    assert.equal(merge({ ...OFF, estimator: { rule: 'trimmed-mean', share: 0.2 } }, terms).data[0], 2)
    assert.equal(merge({ ...OFF, estimator: { rule: 'trimmed-mean', share: 0.4 } }, terms).data[0], 2)
    const median = merge({ ...OFF, estimator: 'geometric-median' }, terms).data[0]!
    assert.ok(
      Math.abs(median - 2) < 0.01,
      `in one dimension the geometric median is the median, got ${median}`,
    )
  })

  it('the geometric median has the sum of unit vectors towards the terms zero', () => {
    const points = [[0, 0], [4, 0], [1, 3], [5, 5], [-2, 1], [0.5, -3]] // prettier-ignore
    const terms = points.map((point) => ({ ...scalarTerm(point[0]!), value: matrixFromRows([point]) }))
    const [x, y] = merge({ ...OFF, estimator: 'geometric-median' }, terms).data
    const pull = points.reduce(([a, b], [p, q]) => { const d = Math.hypot(p! - x!, q! - y!); return [a! + (p! - x!) / d, b! + (q! - y!) / d] }, [0, 0]) // prettier-ignore
    assert.ok(Math.hypot(pull[0]!, pull[1]!) < 1e-3, `pulled by ${pull.join(' ')}`)
  })

  it('a singular sum of Grams gives the entrywise median', () => {
    const terms = [1, 2, 9].map((value) => scalarTerm(value, { gram: denseGram(zeros(1, 1)) }))
    assert.equal(merge(OFF, terms).data[0], 2)
    assert.throws(() => merge(undefined, terms), { name: 'NotPositiveDefiniteError' })
  })
})

describe('robust merging of whole contributions', () => {
  for (const [name, spec] of everySpec()) {
    if (!takesLimits(spec.rule)) {
      it(`${name}: limits that the rule would not keep are refused`, () => {
        assert.throws(
          () => makeSpec({ ...spec, robust: DEFAULT_ROBUST }),
          /robust: the rule .* does not limit/,
        )
      })
      continue
    }
    it(`${name}: any order and repetition gives the same digests`, () => {
      const robust = makeSpec({ ...spec, robust: DEFAULT_ROBUST })
      const views = Array.from({ length: 5 }, (_, i) => admitted({ spec: robust, peer: `peer-${i}` }))
      const digests = (order: readonly number[]) => mergeContributions(robust, { charter: CHARTER }, order.map((i) => views[i]!)).digests // prettier-ignore
      assert.deepEqual(digests([3, 1, 0, 2, 4, 1]), digests([0, 1, 2, 3, 4]))
      const plain = mergeContributions(spec, { charter: CHARTER }, views)
      assert.notEqual(digests([0, 1, 2, 3, 4]).merge, plain.digests.merge)
    })
  }
})
