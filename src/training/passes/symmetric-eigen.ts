/** Sweeps after which the off-diagonals of any matrix of a few hundred rows are below rounding. */
const MAX_SWEEPS = 30

export interface Eigenpairs {
  /** Descending. */
  readonly values: Float64Array
  /** Row i is the eigenvector of value i, of length 1. (n, n) */
  readonly vectors: Float64Array
}

/**
 * All eigenpairs of a small symmetric matrix by cyclic Jacobi rotations: each turns one off-diagonal entry to zero.
 *
 *   t = sign(θ) / (|θ| + √(θ² + 1)),  θ = (a_qq − a_pp) / 2a_pq        c = 1/√(t² + 1),  s = t c
 *
 * Shapes: a (n, n), by rows; not changed. Precision: float64, to a few ulp of the largest value. Order: (p, q) by rows, fixed.
 * Cost: about 6 n³ a sweep, some ten sweeps; n of a few hundred.
 *
 * @see Golub and Van Loan, Matrix Computations, 8.5
 */
export function symmetricEigen(a: Float64Array, n: number): Eigenpairs {
  const work = a.slice()
  const vectors = new Float64Array(n * n)
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1
  const tiny = 1e-30 * sumOfSquares(work)
  for (let sweep = 0; sweep < MAX_SWEEPS && offDiagonal(work, n) > tiny; sweep++) {
    for (let p = 0; p < n - 1; p++) for (let q = p + 1; q < n; q++) rotate(work, vectors, n, p, q)
  }
  return sorted(work, vectors, n)
}

function rotate(a: Float64Array, vectors: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q]!
  if (apq === 0) return
  const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * apq)
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const c = 1 / Math.sqrt(t * t + 1)
  turnRows(a, n, p, q, c, t * c)
  turnRows(vectors, n, p, q, c, t * c)
  for (let i = 0; i < n; i++) turn(a, i * n + p, i * n + q, c, t * c)
}

function turnRows(m: Float64Array, n: number, p: number, q: number, c: number, s: number): void {
  for (let i = 0; i < n; i++) turn(m, p * n + i, q * n + i, c, s)
}

function turn(m: Float64Array, i: number, j: number, c: number, s: number): void {
  const [x, y] = [m[i]!, m[j]!]
  m[i] = c * x - s * y
  m[j] = s * x + c * y
}

function sumOfSquares(m: Float64Array): number {
  let sum = 0
  for (const value of m) sum += value * value
  return sum
}

function offDiagonal(a: Float64Array, n: number): number {
  let sum = 0
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) sum += a[i * n + j]! ** 2
  return sum
}

function sorted(a: Float64Array, vectors: Float64Array, n: number): Eigenpairs {
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => a[j * n + j]! - a[i * n + i]! || i - j)
  const result = { values: new Float64Array(n), vectors: new Float64Array(n * n) }
  for (const [to, from] of order.entries()) {
    result.values[to] = a[from * n + from]!
    result.vectors.set(vectors.subarray(from * n, (from + 1) * n), to * n)
  }
  return result
}
