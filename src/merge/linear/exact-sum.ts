import { ShapeMismatchError } from '../../errors.ts'
import { ExactSumError } from '../errors.ts'
import { EXACT_LIMIT, LIMBS, ROUNDERS, topLimb } from './exact-limbs.ts'
import { roundedLimbs } from './exact-value.ts'

/** Terms of a sum at a time: a limb is then at most 2⁵² units, and carries are exact too. */
export const MAX_EXACT_TERMS = 131_072

/** Entrywise sums of arrays of doubles without any rounding between the terms. */
export interface ExactSum {
  /** @throws ExactSumError - an entry is not below 2¹⁷⁹, or there are MAX_EXACT_TERMS terms */
  add(term: Float64Array): void
  /** Takes off a term that has been added before; then the sum is the very same as without it. @throws as `add` */
  remove(term: Float64Array): void
  /** The doubles nearest to the sums, ties to even. */
  value(): Float64Array
  /** How many terms are in it. */
  readonly terms: number
  /** What it occupies. */
  readonly bytes: number
}

/**
 * An empty sum of arrays with `length` entries.
 *
 *   x = Σ_l p_l      p_l the multiple of 2^(36·(l − 10)) nearest to what the pieces above have left of x, ties to even
 *
 * Each limb sums its own pieces, which are integers of one unit, below 2⁵³ of them: exact, so that neither the order of the terms
 * nor what has come and gone leaves a trace.
 * Range: |x| < 2¹⁷⁹. Admissible terms are below 2¹²² (maxAbs 10¹² · 2²⁴ samples · 10¹² · 2¹⁶ columns). What lies below the finest
 * grid, 2⁻³⁶⁰, is rounded to it term by term, so that terms still come off without a trace.
 * Cost: six to eight steps for each limb that an entry reaches, two or three mostly. Memory: 8 bytes an entry and limb, of the limbs
 * that occur.
 */
export function exactSum(length: number, operand = 'exact sum'): ExactSum {
  const limbs = new Array<Float64Array | undefined>(LIMBS).fill(undefined)
  let terms = 0
  const change = (term: Float64Array, sign: 1 | -1): void => {
    if (term.length !== length) throw new ShapeMismatchError(operand, [length], [term.length])
    if (terms + sign > MAX_EXACT_TERMS || terms + sign < 0) {
      throw new ExactSumError(operand, `${terms + sign} terms, expected 0 to ${MAX_EXACT_TERMS}`)
    }
    accumulate(limbs, term, sign, topLimb(largest(term, operand)))
    terms += sign
  }
  return {
    add: (term) => change(term, 1),
    remove: (term) => change(term, -1),
    value: () => roundedLimbs(limbs, length),
    get terms(): number {
      return terms
    },
    get bytes(): number {
      return limbs.reduce((sum, limb) => sum + (limb?.byteLength ?? 0), 0)
    },
  }
}

function largest(term: Float64Array, operand: string): number {
  let most = 0
  for (let i = 0; i < term.length; i++) {
    const size = Math.abs(term[i]!)
    if (!(size < EXACT_LIMIT)) throw new ExactSumError(operand, `entry ${i} is ${term[i]}, expected less than 2^179`) // prettier-ignore
    if (size > most) most = size
  }
  return most
}

/** Cuts the term from its coarsest grid down, until nothing is left. */
function accumulate(
  limbs: (Float64Array | undefined)[],
  term: Float64Array,
  sign: number,
  top: number,
): void {
  const rest = top < 0 ? term : term.slice()
  for (let l = top, isMore = top >= 0; isMore && l >= 0; l--) {
    const limb = limbs[l] ?? new Float64Array(term.length)
    const cut = cutPieces(rest, limb, sign, ROUNDERS[l]!)
    if (cut.hasPieces) limbs[l] = limb
    isMore = cut.isMore
  }
}

/** Moves the pieces on one grid from the rest to the limb. */
function cutPieces(
  rest: Float64Array,
  limb: Float64Array,
  sign: number,
  rounder: number,
): { readonly hasPieces: boolean; readonly isMore: boolean } {
  let hasPieces = false
  let isMore = false
  for (let i = 0; i < rest.length; i++) {
    const x = rest[i]!
    if (x === 0) continue
    const piece = x + rounder - rounder
    const left = x - piece
    rest[i] = left
    limb[i]! += sign * piece
    if (piece !== 0) hasPieces = true
    if (left !== 0) isMore = true
  }
  return { hasPieces, isMore }
}
