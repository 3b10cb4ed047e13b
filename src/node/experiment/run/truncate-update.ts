import { matmul, symmetricEigen, transpose } from '../../../merge/index.ts'
import type { Matrix, StackedFactors } from '../../../merge/index.ts'

/**
 * The product B A of two factors as factors of less rank: its largest singular values, half of each in either factor.
 *
 *   B = Q Λ^½ Vᵀ (V Λ Vᵀ = BᵀB),   C = Λ^½ Vᵀ A = U Σ Wᵀ   →   Q U_r Σ_r^½ and Σ_r^-½ U_rᵀ C
 *
 * Shapes: b (out, n), a (n, in) → b (out, rank), a (rank, in). Directions without weight get zeros.
 */
export function truncateUpdate({ b, a }: StackedFactors, rank: number): StackedFactors {
  const { lengths, vectors } = singular(matmul(transpose(b), b)) // Λ^½, Vᵀ
  const core = scaleRows(matmul(vectors, a), lengths)
  const basis = scaleRows(matmul(vectors, transpose(b)), inverses(lengths)) // Qᵀ
  const found = singular(matmul(core, transpose(core))) // Σ, Uᵀ
  const left = firstRows(found.vectors, rank)
  const halves = found.lengths.slice(0, rank).map(Math.sqrt)
  return {
    b: transpose(scaleRows(matmul(left, basis), halves)),
    a: scaleRows(matmul(left, core), inverses(halves)),
  }
}

/** Of M Mᵀ: singular values of M, descending, and its left singular vectors as rows. */
function singular({ rows, data }: Matrix): { lengths: number[]; vectors: Matrix } {
  const { values, vectors } = symmetricEigen(data, rows)
  return {
    lengths: [...values].map((value) => Math.sqrt(Math.max(value, 0))),
    vectors: { rows, cols: rows, data: vectors },
  }
}

/** 1/x, and 0 for what is rounding beside the largest. */
function inverses(values: readonly number[]): number[] {
  const least = 1e-7 * Math.max(...values)
  return values.map((value) => (value > least ? 1 / value : 0))
}

function firstRows({ rows, cols, data }: Matrix, count: number): Matrix {
  const kept = Math.min(rows, count)
  return { rows: kept, cols, data: data.slice(0, kept * cols) }
}

function scaleRows({ rows, cols, data }: Matrix, factors: readonly number[]): Matrix {
  return { rows, cols, data: data.map((value, i) => value * factors[Math.floor(i / cols)]!) }
}
