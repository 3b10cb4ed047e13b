import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { areBothDefinite } from '../../../src/merge/admit/are-both-definite.ts'
import { hasPositivePivots } from '../../../src/merge/linear/ldlt.ts'
import { createRandom } from '../../../src/merge/linear/random.ts'
import { unpackSymmetric } from '../../../src/merge/linear/packed-symmetric.ts'
import { withinClasses } from '../../../src/merge/linear/within-classes.ts'
import type { Matrix } from '../../../src/merge/types.ts'
import { measure, randomRows } from './fixtures.ts'

const CLASSES = 3
const EACH = 8
const counts = new Array<number>(CLASSES).fill(EACH)

interface Statistics {
  readonly gram: Matrix
  readonly cross: Float32Array
}

/** Of random samples, all of them moved by `offset`. */
function honest(seed: string, features: number, offset: number): Statistics {
  const rows = randomRows(createRandom(seed), CLASSES * EACH, features).map((row) => row.map((x) => x + offset)) // prettier-ignore
  const tensors = measure(rows, rows.map((_, n) => n % CLASSES), CLASSES) // prettier-ignore
  return {
    gram: unpackSymmetric(tensors['classifier/gram'].data, features + 1),
    cross: tensors['classifier/cross'].data,
  }
}

const energyOf = ({ gram }: Statistics): number => {
  let sum = 0
  for (let i = 0; i < gram.rows - 1; i++) sum += gram.data[i * gram.rows + i]!
  return sum / (gram.rows - 1)
}

function raised({ rows, data }: Matrix, size: number, added: number): Matrix {
  const copy = data.slice()
  for (let i = 0; i < size; i++) copy[i * rows + i]! += added
  return { rows, cols: rows, data: copy }
}

/** What the name says, by one factorisation each. */
function eachIs({ gram, cross }: Statistics, margin: number): boolean {
  const d = gram.rows - 1
  const isGram = hasPositivePivots(raised(gram, d, margin))
  return isGram && hasPositivePivots(raised(withinClasses(gram, cross, counts), d, margin))
}

test('honest statistics need one factorisation, also where samples are fewer than features and far from the origin', () => {
  for (const [features, offset] of [[4, 0], [40, 0], [40, 0.5], [40, 10]] as const) {
    const statistics = honest(`${features} ${offset}`, features, offset)
    const margin = 0.5e-3 * energyOf(statistics)
    assert.ok(areBothDefinite(statistics.gram, statistics.cross, counts, margin), `${features}, ${offset}`)
    assert.ok(eachIs(statistics, margin))
  }
}) // prettier-ignore

test('never true where the Gram or the scatter is not definite, whatever was moved', () => {
  const move = fc.record({ gram: fc.nat(14), cross: fc.nat(14), by: fc.double({ min: -1, max: 1, noNaN: true }), ones: fc.double({ min: -0.01, max: 0.01, noNaN: true }) }) // prettier-ignore
  let [definite, not] = [0, 0]
  fc.assert(
    fc.property(
      fc.nat(9),
      fc.constantFrom(0, 1, 10),
      fc.array(move, { maxLength: 4 }),
      (seed, offset, moves) => {
        const { gram, cross } = honest(String(seed), 4, offset)
        const energy = energyOf({ gram, cross })
        const root = Math.sqrt(energy * EACH)
        for (const { gram: at, cross: to, by, ones } of moves) {
          const [i, j] = [at % 4, Math.floor(at / 4) % 4]
          gram.data[i * 5 + j]! += by * energy * 0.3
          if (i !== j) gram.data[j * 5 + i]! += by * energy * 0.3
          cross[to % 12]! += by * root * 0.3
          gram.data[20 + i]! += ones * root
          gram.data[i * 5 + 4]! += ones * root
        }
        const margin = 1e-3 * energy
        const both = eachIs({ gram, cross }, margin)
        if (both) definite++
        else not++
        assert.ok(both || !areBothDefinite(gram, cross, counts, margin))
      },
    ),
    { numRuns: 500, seed: 1 },
  )
  assert.ok(definite > 20 && not > 20, `${definite} definite, ${not} not`)
})

test('the scatter is the same to the bit as entry by entry', () => {
  const { gram, cross } = honest('scatter', 6, 1)
  const scatter = withinClasses(gram, cross, counts)
  for (let i = 0; i < 6; i++) {
    for (let j = 0; j < 6; j++) {
      let between = 0
      for (let c = 0; c < CLASSES; c++) between += (cross[i * CLASSES + c]! / Math.sqrt(EACH)) * (cross[j * CLASSES + c]! / Math.sqrt(EACH)) // prettier-ignore
      assert.equal(scatter.data[i * 6 + j], gram.data[i * 7 + j]! - 0.98 * between)
    }
  }
})
