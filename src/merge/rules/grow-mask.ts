import { ShapeMismatchError } from '../../errors.ts'

export interface MaskGrowth {
  /** Share of the entries still shared that become personal at a time; 0 to 1. */
  readonly share: number
  /** A tensor of which more than this share is personal stays as it is. */
  readonly limit: number
}

/**
 * Which entries of a tensor are personal from the next contribution on: those that have moved most join those that are.
 *
 *   δ = |T − T_before| of the shared entries, ascending;  cut = δ[round((1 − share)·n)];  personal where δ ≥ cut
 *
 * Rounds half to even, as the reference does. Ties at the cut all become personal. A share of 0, or nothing left to share, changes nothing.
 *
 * @throws ShapeMismatchError - the tensors and the mask differ in length
 * @see FedSelect, Tamirisa et al., CVPR 2024
 */
export function growMask(
  current: ArrayLike<number>,
  before: ArrayLike<number>,
  personal: readonly boolean[],
  { share, limit }: MaskGrowth,
): readonly boolean[] {
  for (const { length } of [current, before]) {
    if (length !== personal.length) throw new ShapeMismatchError('mask', [length], [personal.length])
  }
  const moved = personal.map((_, i) => Math.abs(current[i]! - before[i]!))
  const shared = moved.filter((_, i) => !personal[i]).sort((a, b) => a - b)
  const isFull = (personal.length - shared.length) / personal.length > limit
  if (share === 0 || shared.length === 0 || isFull) return personal
  const cut = shared[Math.min(roundHalfToEven((1 - share) * shared.length), shared.length - 1)]!
  return personal.map((is, i) => is || moved[i]! >= cut)
}

function roundHalfToEven(value: number): number {
  const below = Math.floor(value)
  const rest = value - below
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1
  return below % 2 === 0 ? below : below + 1
}
