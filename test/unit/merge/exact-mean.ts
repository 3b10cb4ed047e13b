import { toDense } from '../../../src/merge/linear/gram.ts'
import type { Term } from '../../../src/merge/rules/term.ts'
import type { Matrix } from '../../../src/merge/types.ts'

/** Every double is a whole number of these for values down to about 1e-60. */
const UNIT_BITS = 250n

type Whole = readonly (readonly bigint[])[]

/**
 * (Σ w W G)(Σ w G)⁻¹ in whole numbers by Cramer's rule in Bareiss's form, rounded once at the end: no digit is lost however
 * ill-conditioned the sum is. Terms must have exact dense Grams.
 */
export function exactMean(terms: readonly Term[]): Float64Array {
  const { rows, cols } = terms[0]!.value
  const numerator = zeroes(rows, cols)
  const denominator = zeroes(cols, cols)
  for (const { value, weight, gram } of terms) {
    const w = whole(weight)
    const g = wholeMatrix(exactGram(gram))
    const x = wholeMatrix(value)
    for (let j = 0; j < cols; j++) {
      for (let l = 0; l < cols; l++) denominator[l]![j]! += (w * g[l]![j]!) << UNIT_BITS
      for (let i = 0; i < rows; i++) {
        for (let l = 0; l < cols; l++) numerator[i]![j]! += w * x[i]![l]! * g[l]![j]!
      }
    }
  }
  return Float64Array.from(numerator.flatMap((row) => solve(denominator, row)))
}

/** Exact for entries with few bits, which the tests use. */
function exactGram(gram: Term['gram']): Matrix {
  return toDense(gram!)
}

function zeroes(rows: number, cols: number): bigint[][] {
  return Array.from({ length: rows }, () => new Array<bigint>(cols).fill(0n))
}

function wholeMatrix({ rows, cols, data }: Matrix): Whole {
  return Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * cols, (i + 1) * cols), whole))
}

/** value · 2^250, exactly. */
function whole(value: number): bigint {
  let scaled = value
  let shift = Number(UNIT_BITS)
  while (!Number.isInteger(scaled)) {
    scaled *= 2
    shift--
  }
  return BigInt(scaled) << BigInt(shift)
}

/** x with x A = r for symmetric A, by fraction-free elimination. */
function solve(matrix: Whole, right: readonly bigint[]): number[] {
  const n = matrix.length
  const a = matrix.map((row, i) => [...row, right[i]!])
  let previous = 1n
  for (let k = 0; k < n; k++) {
    const pivot = a.findIndex((row, i) => i >= k && row[k] !== 0n)
    if (pivot !== k) [a[k], a[pivot]] = [a[pivot]!, a[k]!]
    for (let i = 0; i < n; i++) {
      if (i === k) continue
      const factor = a[i]![k]!
      a[i] = a[i]!.map((value, j) => (value * a[k]![k]! - factor * a[k]![j]!) / previous)
    }
    previous = a[k]![k]!
  }
  return a.map((row, i) => quotient(row[n]!, row[i]!))
}

/** Correct to far more than a double's digits. */
function quotient(above: bigint, below: bigint): number {
  const scale = 1n << 1100n
  const value = (above * scale) / below
  const digits = value.toString(2).replace('-', '').length
  const drop = digits > 60 ? BigInt(digits - 60) : 0n
  return Number(value >> drop) * 2 ** (Number(drop) - 1100)
}
