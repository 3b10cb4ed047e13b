import { MARGIN } from '../admit/check-trace.ts'
import { gramTrace, packedGram, ridged } from '../linear/gram.ts'
import { packedLength } from '../linear/packed-symmetric.ts'
import { isPositiveDefinite } from '../linear/symmetric-solve.ts'
import { decodeBfloat16, encodeBfloat16 } from './half-precision.ts'

/** Half of the distance between bfloat16 numbers, relative to them: what rounding changes an entry by, at most. */
const ROUNDING = 2 ** -8

/**
 * Packed Grams, one after the other, that others admit when their entries are rounded to bfloat16: where rounding has made one
 * indefinite beyond half of the ridge, its diagonal is raised by the least δ·tr/size, δ = 2⁻⁸, 2⁻⁷, …, that heals it.
 *
 *   ‖rounding‖₂ ≤ ‖rounding‖_F ≤ 2⁻⁸·‖G‖_F ≤ 2⁻⁸·tr(G)        so that δ = 4·size·2⁻⁸, the last one tried, is always enough
 *
 * One direction that holds nearly everything, as the mean of a layer's inputs does, is what makes it necessary.
 * Shapes: size(size+1)/2 entries each. Cost: size³/6 a try, mostly one.
 * A Gram that is indefinite by more than rounding comes back as it was, for admission to refuse.
 */
export function roundableGrams(packed: Float32Array, size: number, ridge: number): Float32Array {
  const length = packedLength(size)
  const result = packed.slice()
  for (let at = 0; at < packed.length; at += length) {
    result.set(roundable(packed.subarray(at, at + length), size, ridge), at)
  }
  return result
}

function roundable(packed: Float32Array, size: number, ridge: number): Float32Array {
  const mean = gramTrace(packedGram(packed, size)) / size
  if (isAdmissible(packed, size, ridge)) return packed
  for (let lift = ROUNDING; lift <= 4 * size * ROUNDING; lift *= 2) {
    const raised = packed.slice()
    for (let i = 0, at = 0; i < size; at += ++i + 1) raised[at]! += lift * mean
    if (isAdmissible(raised, size, ridge)) return raised
  }
  return packed
}

function isAdmissible(packed: Float32Array, size: number, ridge: number): boolean {
  const rounded = packedGram(decodeBfloat16(encodeBfloat16(packed)), size)
  return isPositiveDefinite(ridged(rounded, MARGIN * ridge))
}
