/** Bits between two grids. A piece is at most half of the next grid's unit: 2³⁵ of its own. */
const LIMB_BITS = 36
/** The finest grid, 2⁻³⁶⁰, and the coarsest, 2¹⁴⁴. */
const LOWEST = -10
const HIGHEST = 4

/** Number of grids; limb l holds multiples of `UNITS[l]` = 2^(36·(l − 10)). */
export const LIMBS = HIGHEST - LOWEST + 1

/** Units of the grids, finest first. */
export const UNITS: Float64Array = Float64Array.from({ length: LIMBS }, (_, limb) =>
  powerOfTwo(LIMB_BITS * (limb + LOWEST)),
)

/**
 * 1.5·2⁵² units of each grid: x + r − r is x rounded to the grid, ties to even, for |x| < 2⁵¹ units, as a sum near r has just that
 * grid for its last bit.
 */
export const ROUNDERS: Float64Array = UNITS.map((unit) => unit * 6_755_399_441_055_744)

/** Numbers that can be summed are smaller than this: half a unit of the grid above the coarsest. */
export const EXACT_LIMIT = powerOfTwo(LIMB_BITS * (HIGHEST + 1) - 1)

/** Limb of the coarsest grid on which a number of this size is not rounded to zero; −1 for zero. */
export function topLimb(size: number): number {
  if (size === 0) return -1
  let limb = LIMBS - 1
  while (limb > 0 && size <= UNITS[limb]! / 2) limb--
  return limb
}

/** By doubling or halving one, which is exact. */
function powerOfTwo(exponent: number): number {
  let result = 1
  for (let i = 0; i < exponent; i++) result *= 2
  for (let i = 0; i > exponent; i--) result /= 2
  return result
}
