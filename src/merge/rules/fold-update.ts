import { ShapeMismatchError } from '../../errors.ts'

/** The weighted mean of all updates that have arrived, and the sum of their weights. */
export interface FoldedUpdates {
  readonly total: number
  readonly mean: Float64Array
}

export const NO_UPDATES: FoldedUpdates = { total: 0, mean: new Float64Array(0) }

/**
 * One update more, as it arrives: nobody needs to wait for the others of a one-shot round.
 *
 *   W_j = W_{j−1} + w_j        mean_j = mean_{j−1} + (w_j/W_j)(δ_j − mean_{j−1})
 *
 * In exact arithmetic the order of arrival does not matter; in doubles it moves the last bits. What is on the way here is therefore good to
 * look at and to train on, but only the merge of the whole set in canonical order is bit-equal everywhere.
 * Precision: float64. Cost: 3 operations an entry.
 *
 * @throws ShapeMismatchError - an update of another length
 * @throws RangeError - a weight that is not positive
 * @see one-shot federated fine-tuning, arXiv:2412.04650
 */
export function foldUpdate(folded: FoldedUpdates, update: ArrayLike<number>, weight: number): FoldedUpdates {
  if (!(weight > 0)) throw new RangeError(`weight of an update is ${weight}, expected a positive number`)
  const before = folded.total === 0 ? new Float64Array(update.length) : folded.mean
  if (update.length !== before.length) throw new ShapeMismatchError('update', [before.length], [update.length]) // prettier-ignore
  const total = folded.total + weight
  const share = weight / total
  return { total, mean: before.map((mean, i) => mean + share * (update[i]! - mean)) }
}
