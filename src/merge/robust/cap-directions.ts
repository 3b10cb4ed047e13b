import type { Term } from '../rules/term.ts'
import type { RobustSpec } from '../types.ts'
import { directionCap } from './cap-eigenvalues.ts'
import { inputCap } from './cap-inputs.ts'
import { referenceGram } from './reference-gram.ts'

/**
 * Nobody's Gram says much more, or much less, of any direction of the inputs than the median Gram does; its trace-normalised
 * shape is what is compared, so the stage does not depend on how loud a contribution is.
 *
 *   floor · M ≤ Ĝ ≤ ceiling · M        M = entrywise median of Ĝ_j
 *
 * Of K contributions f then hold at most f·ceiling / (f·ceiling + (K−f)·floor) of any direction, whatever they send.
 */
export function capDirections(
  cap: NonNullable<RobustSpec['directionalCap']>,
  terms: readonly Term[],
): readonly Term[] {
  if (terms.some(({ gram }) => gram === undefined)) return terms
  const reference = referenceGram(terms)
  const limit =
    reference.kind === 'dense' ? directionCap(reference.matrix, cap) : inputCap(reference.diagonal, cap)
  return terms.map((term) => ({ ...term, gram: limit(term.gram!) }))
}
