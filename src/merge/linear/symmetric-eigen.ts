/** Steps of QL for one eigenvalue; two or three are usual. */
const MAX_STEPS = 60

export interface Eigenpairs {
  /** Descending. */
  readonly values: Float64Array
  /** Row i is the eigenvector of value i, of length 1. (n, n) */
  readonly vectors: Float64Array
}

/** A symmetric tridiagonal matrix and the orthonormal rows that it was turned by. */
interface Tridiagonal {
  readonly diagonal: Float64Array
  /** Entry i is (i, i + 1); the last is 0. */
  readonly beside: Float64Array
  readonly rows: Float64Array
}

/**
 * All eigenpairs of a small symmetric matrix: Householder reflections to tridiagonal form, then QL with implicit shifts.
 *
 * Shapes: a (n, n), by rows; not changed. Precision: float64, to a few ulp of the largest value. Cost: about 5 n³.
 * Order: + − × ÷, sqrt and comparisons only, each in one order; how many steps QL takes follows from the bits of the matrix alone, so
 * every machine gives the same bits.
 *
 * @see Golub and Van Loan, Matrix Computations, 8.3
 */
export function symmetricEigen(a: Float64Array, n: number): Eigenpairs {
  const tridiagonal = tridiagonalise(a.slice(), n)
  for (let l = 0; l < n; l++) deflate(tridiagonal, n, l)
  return sorted(tridiagonal, n)
}

/** A ← H A H for reflections H = I − 2 v vᵀ, each of which clears a column below the one next to the diagonal. */
function tridiagonalise(a: Float64Array, n: number): Tridiagonal {
  const rows = new Float64Array(n * n)
  for (let i = 0; i < n; i++) rows[i * n + i] = 1
  for (let k = 0; k < n - 2; k++) {
    const v = reflector(a, n, k)
    if (v !== undefined) reflect(a, rows, v, n, k + 1)
  }
  const diagonal = Float64Array.from({ length: n }, (_, i) => a[i * n + i]!)
  const beside = Float64Array.from({ length: n }, (_, i) => (i + 1 < n ? a[(i + 1) * n + i]! : 0))
  return { diagonal, beside, rows }
}

/** v of length 1 that takes column k below row k to a multiple of its first entry; undefined where it is there already. */
function reflector(a: Float64Array, n: number, k: number): Float64Array | undefined {
  const v = Float64Array.from({ length: n }, (_, i) => (i > k ? a[i * n + k]! : 0))
  const first = v[k + 1]!
  const below = dot(v, v) - first * first
  if (below === 0) return undefined
  const length = Math.sqrt(below + first * first)
  const moved = first + (first < 0 ? -length : length)
  v[k + 1] = moved
  const scale = 1 / Math.sqrt(below + moved * moved)
  return v.map((entry) => entry * scale)
}

/** A ← A − 2 v wᵀ − 2 w vᵀ with w = A v − (vᵀ A v) v; rows ← H rows. v is zero before `from`. */
function reflect(a: Float64Array, rows: Float64Array, v: Float64Array, n: number, from: number): void {
  const w = new Float64Array(n)
  const along = new Float64Array(n) // vᵀ rows
  for (let i = from; i < n; i++) {
    const factor = v[i]!
    for (let j = 0; j < n; j++) {
      w[j]! += factor * a[i * n + j]!
      along[j]! += factor * rows[i * n + j]!
    }
  }
  const product = dot(v, w)
  for (let j = 0; j < n; j++) w[j]! -= product * v[j]!
  for (let i = 0; i < n; i++) {
    const [vi, wi] = [2 * v[i]!, 2 * w[i]!]
    for (let j = 0; j < n; j++) a[i * n + j]! -= vi * w[j]! + wi * v[j]!
    if (vi !== 0) for (let j = 0; j < n; j++) rows[i * n + j]! -= vi * along[j]!
  }
}

/** Turns the matrix until entry l of its diagonal is an eigenvalue. */
function deflate(matrix: Tridiagonal, n: number, l: number): void {
  for (let step = 0; step < MAX_STEPS; step++) {
    const m = firstSplit(matrix, n, l)
    if (m === l) return
    implicitStep(matrix, n, l, m)
  }
}

/** Least m ≥ l whose neighbour is cut off: its entry beside the diagonal is below rounding. */
function firstSplit({ diagonal, beside }: Tridiagonal, n: number, l: number): number {
  let m = l
  for (; m < n - 1; m++) {
    const scale = Math.abs(diagonal[m]!) + Math.abs(diagonal[m + 1]!)
    if (Math.abs(beside[m]!) <= Number.EPSILON * scale) break
  }
  return m
}

/** One QL step on rows l … m, shifted by the eigenvalue of the upper 2 × 2 that is nearer to entry l. */
function implicitStep({ diagonal: d, beside: e, rows }: Tridiagonal, n: number, l: number, m: number): void {
  const half = (d[l + 1]! - d[l]!) / (2 * e[l]!)
  const root = Math.sqrt(half * half + 1)
  let g = d[m]! - d[l]! + e[l]! / (half + (half < 0 ? -root : root))
  let [s, c, p] = [1, 1, 0]
  for (let i = m - 1; i >= l; i--) {
    const [f, b] = [s * e[i]!, c * e[i]!]
    const r = Math.sqrt(f * f + g * g)
    e[i + 1] = r
    if (r === 0) {
      d[i + 1]! -= p
      e[m] = 0
      return
    }
    ;[s, c] = [f / r, g / r]
    const shifted = d[i + 1]! - p
    const t = (d[i]! - shifted) * s + 2 * c * b
    p = s * t
    d[i + 1] = shifted + p
    g = c * t - b
    turn(rows, n, i, c, s)
  }
  d[l]! -= p
  e[l] = g
  e[m] = 0
}

/** Rows i and i + 1 by an angle. */
function turn(rows: Float64Array, n: number, i: number, c: number, s: number): void {
  for (let x = i * n, y = x + n; x < (i + 1) * n; x++, y++) {
    const upper = rows[y]!
    rows[y] = s * rows[x]! + c * upper
    rows[x] = c * rows[x]! - s * upper
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

function sorted({ diagonal, rows }: Tridiagonal, n: number): Eigenpairs {
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => diagonal[j]! - diagonal[i]! || i - j)
  const result = { values: new Float64Array(n), vectors: new Float64Array(n * n) }
  for (const [to, from] of order.entries()) {
    result.values[to] = diagonal[from]!
    result.vectors.set(rows.subarray(from * n, (from + 1) * n), to * n)
  }
  return result
}
