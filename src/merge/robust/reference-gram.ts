import { gramDiagonal, gramSize, toDense, type Gram } from '../linear/gram.ts'
import { addInto, zeros } from '../linear/matrix.ts'
import { congruent, symmetricRoots } from '../linear/symmetric-roots.ts'
import type { Term } from '../rules/term.ts'
import type { Matrix } from '../types.ts'
import { unitTrace } from './cap-pull.ts'
import { median, medianMatrix } from './median.ts'

/** Up to this size directions are eigenvectors (64: about 10 ms for each contribution that is capped); beyond, the inputs themselves. */
const MAX_DENSE = 64

/** Least eigenvalue of a normalised Gram, whose mean is 1; the ridge of most charters. */
const LEAST_EIGENVALUE = 1e-6

/** Least eigenvalue of the median where the reference before it is the identity; an entrywise median may be indefinite. */
const LEAST_RELATIVE = 1e-3

/** In the coordinates of the mean first, then twice in those of the result. */
const PASSES = 3

/** What the inputs of most contributions are like, of mean diagonal about 1: a median of their normalised Grams. */
export type Reference =
  | { readonly kind: 'dense'; readonly matrix: Matrix }
  | { readonly kind: 'diagonal'; readonly diagonal: Float64Array }

/**
 * Of small dense Grams the entrywise median in coordinates in which they are near the identity; of factored, packed and large ones
 * the entrywise median of the diagonals.
 *
 *   M ← M^½ median_j(M^−½ Ĝ_j M^−½) M^½       three times, from the mean of Ĝ_j
 *
 * In the inputs' own coordinates small directions of an entrywise median drown in the large ones. Positive definite: eigenvalues of
 * each median below 1e-3 are raised to that.
 * Precision: float64. Order: canonical. Cost: three times K·2n³ and 15n³.
 */
export function referenceGram(terms: readonly Term[]): Reference {
  const grams = terms.map(({ gram }) => unitTrace(gram!))
  if (grams.every(isSmall)) return { kind: 'dense', matrix: matrixMedian(grams.map(toDense)) }
  const diagonals = grams.map(gramDiagonal)
  const diagonal = diagonals[0]!.map((_, k) => median(diagonals.map((entries) => entries[k]!)))
  return { kind: 'diagonal', diagonal }
}

function isSmall(gram: Gram): boolean {
  return gram.kind === 'dense' && gramSize(gram) <= MAX_DENSE
}

function matrixMedian(units: readonly Matrix[]): Matrix {
  let reference = mean(units)
  for (let pass = 0; pass < PASSES; pass++) {
    const { root, inverse } = symmetricRoots(reference, LEAST_EIGENVALUE)
    const middle = symmetricRoots(medianMatrix(units.map((unit) => congruent(inverse, unit))), LEAST_RELATIVE)
    const square = congruent(middle.root, identity(root.rows))
    reference = congruent(root, square)
  }
  return reference
}

function mean(units: readonly Matrix[]): Matrix {
  const sum = zeros(units[0]!.rows, units[0]!.cols)
  for (const unit of units) addInto(sum, unit)
  return { ...sum, data: sum.data.map((value) => value / units.length) }
}

function identity(n: number): Matrix {
  const result = zeros(n, n)
  for (let i = 0; i < n; i++) result.data[i * n + i] = 1
  return result
}
