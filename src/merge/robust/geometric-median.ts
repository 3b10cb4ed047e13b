import type { Estimator } from '../rules/estimator.ts'
import type { Term } from '../rules/term.ts'
import type { Matrix } from '../types.ts'
import { median, medianMatrix } from './median.ts'
import { squaredResponse } from './response-distance.ts'

/** Steps, always as many: the error falls by about half in each, and the terms are not known better than that. */
const STEPS = 24

/** Least distance, as a share of the median distance: a term that the estimate meets does not weigh infinitely. */
const LEAST_DISTANCE = 1e-3

/**
 * The matrix with the least sum of distances, not of squares, to all terms, as each measures distances on its own inputs.
 *
 *   min_W Σᵢ wᵢ ‖(W − Wᵢ) Gᵢ^½‖      by least squares under weights wᵢ / max(‖(W − Wᵢ) Gᵢ^½‖, least), 24 times
 *
 * Starts at the entrywise median, which it is where more than half say the same.
 * Precision: float64. Order: canonical. Cost: 24 solves.
 *
 * @see Weiszfeld 1937; Pillutla, Kakade and Harchaoui, Robust aggregation for federated learning, arXiv:1912.13445
 */
export function geometricMedian(solve: Estimator): Estimator {
  return (terms, operand) => {
    let estimate = medianMatrix(terms.map(({ value }) => value))
    for (let step = 0; step < STEPS; step++) {
      const weighed = reweighed(terms, estimate)
      if (weighed === undefined) return estimate
      estimate = solve(weighed, operand)
    }
    return estimate
  }
}

/** Undefined where the estimate meets more than half of the terms. */
function reweighed(terms: readonly Term[], estimate: Matrix): readonly Term[] | undefined {
  const distances = terms.map(({ value, gram }) => Math.sqrt(squaredResponse(estimate, value, gram)))
  const usual = median(distances)
  if (usual === 0) return undefined
  return terms.map((term, i) => ({
    ...term,
    weight: (term.weight * usual) / Math.max(distances[i]!, LEAST_DISTANCE * usual),
  }))
}
