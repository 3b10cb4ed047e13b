// What dishonest sites send in place of their terms. An attacker knows everything that the honest sites send.
import {
  denseGram,
  gramSize,
  gramTrace,
  ridged,
  scaleGram,
  toDense,
  type Gram,
} from '../../src/merge/linear/gram.ts'
import { zeros } from '../../src/merge/linear/matrix.ts'
import { symmetricEigen } from '../../src/merge/linear/symmetric-eigen.ts'
import type { Term } from '../../src/merge/rules/term.ts'
import type { Matrix } from '../../src/merge/types.ts'
import { add, normalMatrix, type RegressionSites } from './regression-sites.ts'

/** The term of a site that had honest inputs, and what it makes of it. */
export type Attack = (honest: Term, sites: RegressionSites) => Term

export const ATTACKS: Readonly<Record<string, Attack>> = {
  'sign flip, W = −5 W*': (honest, { truth }) => ({ ...honest, value: scaled(truth, -5) }),
  'sign flip, Gram × 10⁶': (honest, { truth }) => ({ ...honest, value: scaled(truth, -5), gram: scaleGram(honest.gram!, 1e6) }), // prettier-ignore
  'sign flip, count × 1000 and Gram with it': (honest, { truth }) => ({ ...honest, count: 1000 * honest.count, value: scaled(truth, -5), gram: scaleGram(honest.gram!, 1000) }), // prettier-ignore
  'weak direction, rank-1 Gram': weakDirection,
  'outputs permuted (labels flipped)': (honest) => ({ ...honest, value: permuted(honest.value) }),
  'random values': (honest, { random }) => ({ ...honest, value: scaled(normalMatrix(random, honest.value.rows, honest.value.cols), 3) }), // prettier-ignore
  'a little, 1.5 deviations': littleIsEnough,
}

/** Right but for the direction that the honest see least of, where it errs a lot and claims all its data. */
function weakDirection(honest: Term, sites: RegressionSites): Term {
  const size = gramSize(honest.gram!)
  const { vectors } = symmetricEigen(sum(sites.grams).data, size)
  const weakest = vectors.subarray((size - 1) * size)
  const rank1 = zeros(size, size)
  rank1.data.forEach((_, at) => (rank1.data[at] = weakest[(at - (at % size)) / size]! * weakest[at % size]!))
  const value = {
    ...sites.truth,
    data: sites.truth.data.map((entry, at) => entry + 10 * weakest[at % size]!),
  }
  return { ...honest, value, gram: ridged(scaleGram(denseGram(rank1), gramTrace(honest.gram!)), 1e-6) }
}

/** Entry by entry 1.5 standard deviations off the honest mean, all colluders alike (Baruch et al., arXiv:1902.06156). */
function littleIsEnough(honest: Term, { terms }: RegressionSites): Term {
  const values = terms.map(({ value }) => value.data)
  const data = honest.value.data.map((_, at) => {
    const mean = values.reduce((total, value) => total + value[at]!, 0) / values.length
    const variance = values.reduce((total, value) => total + (value[at]! - mean) ** 2, 0) / values.length
    return mean - 1.5 * Math.sqrt(variance)
  })
  return { ...honest, value: { ...honest.value, data } }
}

/** −0.999 times the sum of the others' Grams: their weights would cancel. Admission refuses it. */
export function indefiniteGram(terms: readonly Term[]): Gram {
  return scaleGram(denseGram(sum(terms.map(({ gram }) => toDense(gram!)))), -0.999)
}

function sum(matrices: readonly Matrix[]): Matrix {
  return matrices.reduce((total, matrix) => add(total, matrix, 1))
}

const scaled = (matrix: Matrix, factor: number): Matrix => ({ ...matrix, data: matrix.data.map((value) => factor * value) }) // prettier-ignore

/** Each output in the place of the next. */
function permuted({ rows, cols, data }: Matrix): Matrix {
  return { rows, cols, data: data.map((_, at) => data[(at + cols) % data.length]!) }
}
