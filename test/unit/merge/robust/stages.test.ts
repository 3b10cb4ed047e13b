import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  denseGram,
  gramDiagonal,
  gramTrace,
  scaleGram,
  toDense,
  type Gram,
} from '../../../../src/merge/linear/gram.ts'
import { matmul, zeros } from '../../../../src/merge/linear/matrix.ts'
import { packedGram } from '../../../../src/merge/linear/gram.ts'
import { packSymmetric } from '../../../../src/merge/linear/packed-symmetric.ts'
import { createRandom } from '../../../../src/merge/linear/random.ts'
import { symmetricEigen } from '../../../../src/merge/linear/symmetric-eigen.ts'
import { symmetricRoots } from '../../../../src/merge/linear/symmetric-roots.ts'
import { capDirections } from '../../../../src/merge/robust/cap-directions.ts'
import { capPull } from '../../../../src/merge/robust/cap-pull.ts'
import { countShares } from '../../../../src/merge/robust/caps.ts'
import { clipValues } from '../../../../src/merge/robust/clip-values.ts'
import { median, medianMatrix } from '../../../../src/merge/robust/median.ts'
import { multiKrum } from '../../../../src/merge/robust/multi-krum.ts'
import { referenceGram } from '../../../../src/merge/robust/reference-gram.ts'
import type { Term } from '../../../../src/merge/rules/term.ts'
import type { Matrix } from '../../../../src/merge/types.ts'
import { OFF, randomMatrix, randomTerm, scalarTerm } from './terms.ts'
import { matrixFromRows } from '../matrix-from-rows.ts'

const CAP = { floor: 0.1, ceiling: 3 }

/** μ of Ĝ v = μ M v, by another route than the stage's: eigenvalues of R⁻¹ Ĝ R⁻¹ with R = M^½. */
function generalised(gram: Gram, reference: Matrix): readonly number[] {
  const { inverse } = symmetricRoots(reference, 1e-12)
  const unit = toDense(scaleGram(gram, 1 / gramTrace(gram)))
  return [...symmetricEigen(matmul(matmul(inverse, unit), inverse).data, unit.rows).values]
}

describe('medians', () => {
  it('of an odd number the middle, of an even number half of the sum of the middle two', () => {
    assert.equal(median([10, -3, 2]), 2)
    assert.equal(median([10, -3, 2, 4]), 3)
    assert.equal(median([7]), 7)
    assert.equal(median([9, 100, 20]), 20, 'by size, not as texts')
  })

  it('of matrices entry by entry; of equal ones themselves', () => {
    const a = matrixFromRows([[1, 5, 0.1]])
    assert.deepEqual(medianMatrix([a, matrixFromRows([[3, 4, 9]]), matrixFromRows([[2, 6, -9]])]), matrixFromRows([[2, 5, 0.1]])) // prettier-ignore
    assert.deepEqual(medianMatrix([a, a]), a)
  })
})

describe('caps on whole contributions', () => {
  it('counts up to a multiple of the median, or up to a number whatever the others say', () => {
    assert.deepEqual(countShares({ times: 2 }, [10, 20, 30, 400]), [1, 1, 1, 50 / 400])
    assert.deepEqual(countShares({ atMost: 25 }, [10, 20, 50]), [1, 1, 0.5])
    assert.deepEqual(countShares({ times: 2 }, [1, 1e6]), [1, 1], 'two sites never limit each other')
  })

  it('normalised Grams have mean diagonal 1 and weigh by capped samples', () => {
    const random = createRandom('normalise')
    const terms = [10, 20, 30, 400].map((count) => ({ ...randomTerm(random, 2, 3), count, weight: 0.5 }))
    const capped = capPull({ ...OFF, normalise: true, countCap: { times: 2 } }, terms)
    assert.deepEqual(capped.map(({ weight }) => weight), [5, 10, 15, 25]) // prettier-ignore
    for (const { gram } of capped) assert.ok(Math.abs(gramTrace(gram!) - 3) < 1e-12)
  })

  it('energy per sample is capped at a multiple of the median; nobody inside moves a bit', () => {
    const random = createRandom('energy')
    const terms = Array.from({ length: 5 }, () => randomTerm(random, 2, 3))
    const loud = { ...terms[2]!, gram: scaleGram(terms[2]!.gram!, 1e6) }
    const capped = capPull({ ...OFF, energyCap: 2 }, terms.with(2, loud))
    const energies = terms.with(2, loud).map(({ gram, count }) => gramTrace(gram!) / count)
    const limit = 2 * median(energies)
    assert.ok(Math.abs((capped[2]!.weight * gramTrace(loud.gram)) / loud.count - limit) < 1e-9 * limit)
    for (const i of [0, 1, 3, 4]) assert.deepEqual(capped[i], terms[i])
  })

  it('terms without Grams have their samples in their weight', () => {
    const terms = [1, 2, 3].map((value) => scalarTerm(value, { count: value, weight: value / 2 }))
    assert.deepEqual(capPull({ ...OFF, normalise: true, energyCap: 2, countCap: { atMost: 2 } }, terms).map(({ weight }) => weight), [0.5, 1, 1]) // prettier-ignore
  })
})

describe('the directional cap', () => {
  const random = createRandom('directions')
  const honest = Array.from({ length: 7 }, () => randomTerm(random, 2, 4, 60))
  const rank1 = matrixFromRows([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1e-9, 0], [0, 0, 0, 80]]) // prettier-ignore
  for (let i = 0; i < 4; i++) rank1.data[i * 4 + i]! += 1e-6
  const bad: Term = { ...honest[0]!, id: 'bad', gram: denseGram(rank1) }

  it('keeps generalised eigenvalues within floor and ceiling of the median, and those inside to the bit', () => {
    const terms = [...honest, bad]
    const reference = referenceGram(terms)
    assert.ok(reference.kind === 'dense')
    const capped = capDirections(CAP, terms)
    for (const [i, { gram }] of capped.entries()) {
      const size = 4
      const before = generalised(terms[i]!.gram!, reference.matrix).map((value) => size * value)
      const [most, least] = [before[0]!, before.at(-1)!]
      if (most <= CAP.ceiling && least >= CAP.floor) assert.equal(gram, terms[i]!.gram)
      const after = generalised(gram!, reference.matrix).map((value) => value * (size * gramTrace(gram!)) / gramTrace(terms[i]!.gram!)) // prettier-ignore
      for (const value of after) {
        assert.ok(value <= CAP.ceiling * (1 + 1e-9) && value >= CAP.floor * (1 - 1e-9), `term ${i}: ${value}`)
      }
    }
    assert.notEqual(capped[7]!.gram, bad.gram)
    assert.ok(capped.slice(0, 7).every(({ gram }, i) => gram === honest[i]!.gram), 'similar sites are not touched') // prettier-ignore
  })

  it('does not depend on how loud a contribution is', () => {
    const terms = [...honest, bad]
    const loud = terms.with(7, { ...bad, gram: scaleGram(bad.gram!, 4096) })
    const [plain, scaled] = [capDirections(CAP, terms)[7]!.gram!, capDirections(CAP, loud)[7]!.gram!]
    toDense(plain).data.forEach((value, i) => assert.ok(Math.abs(toDense(scaled).data[i]! - 4096 * value) <= 1e-9 * Math.abs(4096 * value))) // prettier-ignore
  })

  it('sees small directions beside large ones: sites with the same inputs are not touched', () => {
    const turn = randomMatrix(random, 6, 6)
    const scales = [30, 10, 3, 1, 0.3, 0.1]
    const terms = Array.from({ length: 9 }, () => {
      const rows = randomMatrix(random, 400, 6)
      rows.data.forEach((value, at) => (rows.data[at] = value * scales[at % 6]!))
      const x = matmul(rows, turn)
      const gram = zeros(6, 6)
      for (let n = 0; n < 400; n++) for (let i = 0; i < 6; i++) for (let j = 0; j < 6; j++) gram.data[i * 6 + j]! += x.data[n * 6 + i]! * x.data[n * 6 + j]! // prettier-ignore
      return { ...randomTerm(random, 2, 6), gram: denseGram(gram) }
    })
    const capped = capDirections(CAP, terms)
    assert.ok(
      capped.every(({ gram }, i) => gram === terms[i]!.gram),
      'a Gram was changed',
    )
  })

  it('of factored and packed Grams clips the diagonal by a congruence and keeps their kind', () => {
    const width = 5
    const factored = (values: readonly number[]): Gram => ({ kind: 'factored', vectors: randomMatrix(random, 2, width), values: Float64Array.from([0.3, 0.2]), diagonal: Float64Array.from(values) }) // prettier-ignore
    const grams = [[3, 3, 3, 3, 3], [3, 4, 3, 3, 3], [3, 3, 5, 3, 3], [100, 0, 3, 3, 3]].map(factored) // prettier-ignore
    const packed = grams.map((gram): Gram => {
      const { rows, data } = toDense(gram)
      return packedGram(Float64Array.from(packSymmetric({ rows, cols: rows, data })), rows)
    })
    for (const kind of [grams, packed]) {
      const terms = kind.map((gram) => ({ ...randomTerm(random, 2, width), gram }))
      const reference = referenceGram(terms)
      assert.ok(reference.kind === 'diagonal')
      const capped = capDirections({ floor: 0.5, ceiling: 2 }, terms)[3]!.gram!
      assert.equal(capped.kind, kind[3]!.kind)
      gramDiagonal(capped).forEach((entry, k) => {
        const relative = (entry * (width / gramTrace(kind[3]!))) / reference.diagonal[k]!
        assert.ok(relative <= 2 * (1 + 1e-12) && relative >= 0.5 * (1 - 1e-12), `input ${k}: ${relative}`)
      })
      const { values } = symmetricEigen(toDense(capped).data, width)
      assert.ok(values.at(-1)! > -1e-12 * values[0]!, 'positive semi-definite')
    }
  })
})

describe('the clip', () => {
  it('moves far values onto the ball around the median, and leaves the others alone', () => {
    const terms = [0, 1, 2, 3, 100].map((value) => scalarTerm(value))
    const clipped = clipValues(1.5, terms) // median 2, distances 2 1 0 1 98, radius 1.5
    assert.deepEqual(clipped.map(({ value }) => value.data[0]), [0.5, 1, 2, 3, 3.5]) // prettier-ignore
    assert.equal(clipped[1], terms[1])
  })

  it('leaves identical contributions as they are', () => {
    const terms = [0.1, 0.1, 0.1].map((value) => scalarTerm(value))
    assert.deepEqual(clipValues(1.5, terms), terms)
  })
})

describe('Multi-Krum', () => {
  const values = [1, 1.1, 0.9, 50, 1.05, -60, 0.95]

  it('leaves out the f that are furthest from their neighbours, in canonical order', () => {
    const kept = multiKrum(2, values.map((value) => scalarTerm(value))) // prettier-ignore
    assert.deepEqual(kept.map(({ value }) => value.data[0]), [1, 1.1, 0.9, 1.05, 0.95]) // prettier-ignore
  })

  it('of fewer than 2f + 3 leaves out as many as fit, of fewer than five none', () => {
    const some = (k: number): readonly Term[] => values.slice(0, k).map((value) => scalarTerm(value))
    assert.equal(multiKrum(3, some(7)).length, 5)
    assert.deepEqual(multiKrum(3, some(5)).map(({ value }) => value.data[0]), [1, 1.1, 0.9, 1.05]) // prettier-ignore
    assert.equal(multiKrum(3, some(4)).length, 4)
    assert.equal(multiKrum(1, some(1)).length, 1)
  })

  it('measures responses: a difference that no input shows is none', () => {
    const gram = (a: number, b: number): Gram => denseGram(matrixFromRows([[a, 0], [0, b]])) // prettier-ignore
    const terms = [[0, 0], [0.1, 0], [0, 900], [1, 0], [0.05, 0]].map(([x, y]) => ({ ...scalarTerm(0), id: `${x} ${y}`, value: matrixFromRows([[x!, y!]]), gram: gram(2, 1e-9) })) // prettier-ignore
    assert.deepEqual(multiKrum(1, terms).map(({ id }) => id), ['0 0', '0.1 0', '0 900', '0.05 0']) // prettier-ignore
  })
})
