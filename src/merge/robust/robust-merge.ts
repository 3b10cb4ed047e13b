import { NotPositiveDefiniteError } from '../errors.ts'
import type { Estimator } from '../rules/estimator.ts'
import type { Term } from '../rules/term.ts'
import type { Matrix, RobustSpec } from '../types.ts'
import { capDirections } from './cap-directions.ts'
import { capPull } from './cap-pull.ts'
import { clipValues } from './clip-values.ts'
import { coordinateMedian, trimmedMean } from './entrywise-estimators.ts'
import { hasFixedLimits } from './fixed-limits.ts'
import { geometricMedian } from './geometric-median.ts'
import { multiKrum } from './multi-krum.ts'

/** Below it, nobody can say which contribution is wrong. */
const LEAST_TERMS = 3

/**
 * The merge of one matrix with every contribution's influence limited: filter, caps on weight and directions, clip, then the
 * estimator. `solve` is the rule's least squares.
 *
 * One or two contributions are merged as they are, unless the limits are fixed ones. Should the sum of Grams be singular, which admitted contributions do not give,
 * the result is the entrywise median.
 */
export function robustMerge(
  robust: RobustSpec,
  terms: readonly Term[],
  operand: string,
  solve: Estimator,
): Matrix {
  if (terms.length < LEAST_TERMS && !hasFixedLimits(robust)) return solve(terms, operand)
  const limited = limitTerms(robust, terms)
  try {
    return estimator(robust, solve)(limited, operand)
  } catch (error) {
    if (!(error instanceof NotPositiveDefiniteError)) throw error
    return coordinateMedian(limited, operand)
  }
}

/** All steps before the estimator, in their order. */
export function limitTerms(robust: RobustSpec, terms: readonly Term[]): readonly Term[] {
  const { filter, directionalCap, clip } = robust
  const kept = filter === undefined ? terms : multiKrum(filter.byzantine, terms)
  const capped = capPull(robust, kept)
  const turned = directionalCap === undefined ? capped : capDirections(directionalCap, capped)
  return clip === undefined ? turned : clipValues(clip, turned)
}

function estimator({ estimator = 'closed-form' }: RobustSpec, solve: Estimator): Estimator {
  if (typeof estimator === 'object') return trimmedMean(estimator.share)
  if (estimator === 'coordinate-median') return coordinateMedian
  return estimator === 'geometric-median' ? geometricMedian(solve) : solve
}
