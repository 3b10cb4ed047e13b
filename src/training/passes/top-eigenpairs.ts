import { createRandom, symmetricEigen, type Eigenpairs } from '../../merge/index.ts'

/** Directions in a block besides the wanted ones: they let multiple and close eigenvalues come out. */
const SPARE = 8

/** Vectors at which the basis is cut; at least four blocks. Few, as the small eigenproblem is solved after each block: at 240 it took half of the time. */
const BASIS = 96

/** Blocks after which the search ends; a Gram of a layer's inputs needs some five to ten. */
const MAX_BLOCKS = 40

/** Largest ‖Gv − λv‖ of a wanted pair, relative to the largest eigenvalue: below what float32 Grams know. */
const TOLERANCE = 1e-7

/** Up to this size all eigenpairs are computed instead: at 192 that takes two thirds of the time, at 256 the same, at 384 two and a half times as long. */
const DENSE = 256

/** Least part of a vector's length that must be new for it to enter the basis. */
const NEW = 1e-9

/**
 * The k largest eigenpairs of a symmetric positive semi-definite matrix: Rayleigh–Ritz in the space of Q, GQ, G²Q … for a seeded random
 * block Q of k + 8 vectors, kept orthonormal, until the wanted pairs are within 1e-7 of the largest eigenvalue. A basis that has grown
 * too large is cut to its two best blocks (thick restart), which keeps the small eigenproblem small.
 *
 * Shapes: packed lower triangle (d(d+1)/2) → values (k) descending, vectors (k, d).
 * Precision: float64. Same input, same bits. A spectrum without decay may end at the limit of blocks with a larger error; what comes out
 * then is still orthonormal, and its values are those of G within it.
 * Cost: d²(k + 8) products a block.
 *
 * @see Stewart, A Krylov–Schur algorithm, 2002; Musco and Musco, block Krylov methods, arXiv:1504.05477
 */
export function topEigenpairs(packed: ArrayLike<number>, d: number, k: number): Eigenpairs {
  const full = unpack(packed, d)
  if (d <= DENSE) return first(symmetricEigen(full, d), k, d)
  const space = new KrylovSpace(full, d)
  const width = Math.min(k + SPARE, d)
  let fresh = space.freshOf(randomBlock(d, width))
  for (let i = 1; ; i++) {
    space.append(fresh)
    const ritz = space.ritz()
    const last = space.newest(fresh.length)
    if (i === MAX_BLOCKS || space.error(ritz, k) <= TOLERANCE * ritz.values[0]!) return space.lift(ritz, k)
    fresh = space.freshOf(last)
    if (fresh.length === 0) return space.lift(ritz, k) // G maps the space into itself
    if (space.size + width > Math.max(BASIS, 4 * width)) space.keep(ritz, 2 * width)
  }
}

/** An orthonormal basis and its images under G, rows of length d. */
class KrylovSpace {
  readonly #gram: Float64Array
  readonly #d: number
  #basis: Float64Array[] = []
  #images: Float64Array[] = []
  /** Row i holds qᵢᵀ G qⱼ for j ≤ i. */
  #projected: Float64Array[] = []

  constructor(gram: Float64Array, d: number) {
    this.#gram = gram
    this.#d = d
  }

  get size(): number {
    return this.#basis.length
  }

  /** What is new in these vectors, orthonormal. Overwrites them. */
  freshOf(vectors: readonly Float64Array[]): Float64Array[] {
    const fresh: Float64Array[] = []
    for (const vector of vectors) {
      const length = norm(vector)
      for (let twice = 0; twice < 2; twice++)
        for (const q of [...this.#basis, ...fresh]) removeAlong(vector, q)
      const left = norm(vector)
      if (this.size + fresh.length === this.#d || !(left > NEW * length)) continue
      fresh.push(vector.map((entry) => entry / left))
    }
    return fresh
  }

  append(fresh: readonly Float64Array[]): void {
    const from = this.size
    this.#basis.push(...fresh)
    this.#images.push(...product(this.#gram, this.#d, fresh))
    for (let i = from; i < this.size; i++) {
      const row = Float64Array.from({ length: i + 1 }, (_, j) => dot(this.#images[i]!, this.#basis[j]!))
      this.#projected.push(row)
    }
  }

  /** Goes on with the space of the first eigenvectors. */
  keep({ values, vectors }: Eigenpairs, count: number): void {
    const size = this.size
    const rows = Array.from({ length: count }, (_, i) => vectors.subarray(i * size, (i + 1) * size))
    const basis = rows.map((row) => combine(this.#basis, row, this.#d))
    this.#images = rows.map((row) => combine(this.#images, row, this.#d))
    this.#basis = basis
    this.#projected = rows.map((_, i) => new Float64Array(i + 1).fill(values[i]!, i))
  }

  /** Copies of the images of the last vectors. */
  newest(count: number): Float64Array[] {
    return this.#images.slice(-count).map((image) => image.slice())
  }

  /** Eigenpairs of G inside the space, in its coordinates. */
  ritz(): Eigenpairs {
    const n = this.size
    const small = new Float64Array(n * n)
    for (const [i, row] of this.#projected.entries()) {
      for (const [j, value] of row.entries()) small[i * n + j] = small[j * n + i] = value
    }
    return symmetricEigen(small, n)
  }

  /** Largest ‖Gv − λv‖ of the first k. */
  error({ values, vectors }: Eigenpairs, k: number): number {
    let largest = 0
    for (let i = 0; i < k; i++) {
      const coordinates = vectors.subarray(i * this.size, (i + 1) * this.size)
      const residual = combine(this.#images, coordinates, this.#d)
      const vector = combine(this.#basis, coordinates, this.#d)
      for (let at = 0; at < this.#d; at++) residual[at]! -= values[i]! * vector[at]!
      largest = Math.max(largest, norm(residual))
    }
    return largest
  }

  /** The first k as vectors of length d. */
  lift({ values, vectors }: Eigenpairs, k: number): Eigenpairs {
    const lifted = new Float64Array(k * this.#d)
    for (let i = 0; i < k; i++) {
      const coordinates = vectors.subarray(i * this.size, (i + 1) * this.size)
      lifted.set(combine(this.#basis, coordinates, this.#d), i * this.#d)
    }
    return { values: values.slice(0, k), vectors: lifted }
  }
}

function randomBlock(d: number, count: number): Float64Array[] {
  const random = createRandom('peermerge/eigenpairs')
  return Array.from({ length: count }, () => Float64Array.from({ length: d }, () => random.normal()))
}

/** G v for every v, four of them at a time: a row of G is read from the cache, four sums stay in registers. */
function product(gram: Float64Array, d: number, vectors: readonly Float64Array[]): Float64Array[] {
  const results = vectors.map(() => new Float64Array(d))
  for (let first = 0; first < vectors.length; first += 4) {
    const four = new Float64Array(4 * d)
    for (let v = 0; v < 4; v++) vectors[first + v]?.forEach((entry, i) => (four[4 * i + v] = entry))
    const out = new Float64Array(4 * d)
    for (let i = 0; i < d; i++) fourSums(gram, i * d, four, out, 4 * i)
    for (let v = 0; v < 4; v++) results[first + v]?.forEach((_, i, result) => (result[i] = out[4 * i + v]!))
  }
  return results
}

/** out[at … at + 3]: the row of G that starts at `row`, times four vectors side by side. */
function fourSums(gram: Float64Array, row: number, four: Float64Array, out: Float64Array, at: number): void {
  let [s0, s1, s2, s3] = [0, 0, 0, 0]
  for (let x = 0, g = row; x < four.length; x += 4, g++) {
    const entry = gram[g]!
    s0 += entry * four[x]!
    s1 += entry * four[x + 1]!
    s2 += entry * four[x + 2]!
    s3 += entry * four[x + 3]!
  }
  out[at] = s0
  out[at + 1] = s1
  out[at + 2] = s2
  out[at + 3] = s3
}

function combine(rows: readonly Float64Array[], coordinates: Float64Array, d: number): Float64Array {
  const result = new Float64Array(d)
  for (const [j, row] of rows.entries()) {
    const factor = coordinates[j]!
    for (let i = 0; i < d; i++) result[i]! += factor * row[i]!
  }
  return result
}

function removeAlong(vector: Float64Array, q: Float64Array): void {
  const along = dot(vector, q)
  for (let i = 0; i < vector.length; i++) vector[i]! -= along * q[i]!
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

function norm(vector: Float64Array): number {
  return Math.sqrt(dot(vector, vector))
}

function unpack(packed: ArrayLike<number>, d: number): Float64Array {
  const full = new Float64Array(d * d)
  for (let i = 0, at = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) full[i * d + j] = full[j * d + i] = packed[at++]!
  }
  return full
}

function first({ values, vectors }: Eigenpairs, k: number, d: number): Eigenpairs {
  return { values: values.slice(0, k), vectors: vectors.slice(0, k * d) }
}
