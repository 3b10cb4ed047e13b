import { LIMBS, ROUNDERS, UNITS } from './exact-limbs.ts'

/** Limbs of a sum, finest grid first; one that nothing has ever been added to is undefined. */
export type Limbs = readonly (Float64Array | undefined)[]

/** From here on, in units of their grid, two digits hold more than 54 bits. */
const LONG = 524_288

/**
 * The doubles nearest to sums of limbs, ties to even: functions of the exact values alone, however these came about.
 *
 * Carries make digits of the limbs: all in 0 … 2³⁶ − 1 units but for the highest. Of those below the third that counts only whether
 * there is anything: it makes the last bit odd, so that no tie is seen where there is none.
 */
export function roundedLimbs(limbs: Limbs, length: number): Float64Array {
  const result = new Float64Array(length)
  const low = limbs.findIndex((limb) => limb !== undefined)
  if (low < 0) return result
  const high = limbs.findLastIndex((limb) => limb !== undefined)
  const digits = new Float64Array(LIMBS)
  for (let i = 0; i < length; i++) {
    carry(limbs, low, high, i, 1, digits)
    const isNegative = digits[high]! < 0
    if (isNegative) carry(limbs, low, high, i, -1, digits)
    const size = nearest(digits, low, high)
    result[i] = isNegative ? -size : size
  }
  return result
}

/** Digits of sign · the sum at entry i; negative sums have a negative highest digit. */
function carry(limbs: Limbs, low: number, high: number, i: number, sign: number, digits: Float64Array): void {
  let carried = 0
  for (let l = low; l < high; l++) {
    const limb = limbs[l]
    const sum = limb === undefined ? carried : sign * limb[i]! + carried
    const rounder = ROUNDERS[l + 1]!
    carried = sum + rounder - rounder
    if (carried > sum) carried -= UNITS[l + 1]!
    digits[l] = sum - carried
  }
  digits[high] = sign * limbs[high]![i]! + carried
}

/** The double nearest to a sum of digits, none of them negative. */
function nearest(digits: Float64Array, low: number, high: number): number {
  let l = high
  while (l > low && digits[l] === 0) l--
  const first = digits[l]!
  if (l === low) return first
  const second = digits[l - 1]!
  if (l - 1 === low) return first + second
  const third = digits[l - 2]!
  const isMore = hasDigits(digits, low, l - 2)
  if (first >= LONG * UNITS[l]!) return first + odd(second, UNITS[l - 1]!, third !== 0 || isMore)
  const sum = first + second
  const error = second - (sum - first)
  return sum + (error + odd(third, UNITS[l - 2]!, isMore))
}

function hasDigits(digits: Float64Array, low: number, end: number): boolean {
  for (let l = low; l < end; l++) if (digits[l] !== 0) return true
  return false
}

/** Where something is left over, an even number of units becomes the odd one above. */
function odd(digit: number, unit: number, isMore: boolean): number {
  return isMore && (digit / unit) % 2 === 0 ? digit + unit : digit
}
