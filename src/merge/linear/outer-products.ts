import type { Matrix } from '../types.ts'

/**
 * sum += Σ_j values_j · v_j v_jᵀ for a symmetric sum (size, size), v_j the rows of `vectors` (k, size).
 *
 * Order: entry (i, l ≤ i) is ((sum + (values_0·v_0i)·v_0l) + (values_1·v_1i)·v_1l) + …, whatever the order of the loops.
 * Cost: k·size²/2 products; the triangle is gone through once for four vectors.
 */
export function addOuterProducts(sum: Matrix, vectors: Matrix, values: Float64Array): void {
  let j = 0
  for (; j + 3 < values.length; j += 4) addFour(sum, vectors.data, values, j)
  for (; j < values.length; j++) addOne(sum, vectors.data, values, j)
  mirrorLower(sum)
}

function addOne({ rows: size, data }: Matrix, v: Float64Array, values: Float64Array, j: number): void {
  const from = j * size
  for (let i = 0; i < size; i++) {
    const scaled = values[j]! * v[from + i]!
    for (let l = 0, at = i * size; l <= i; l++, at++) data[at]! += scaled * v[from + l]!
  }
}

function addFour({ rows: size, data }: Matrix, v: Float64Array, values: Float64Array, j: number): void {
  const [f0, f1, f2, f3] = [j * size, (j + 1) * size, (j + 2) * size, (j + 3) * size]
  for (let i = 0; i < size; i++) {
    const s0 = values[j]! * v[f0 + i]!
    const s1 = values[j + 1]! * v[f1 + i]!
    const s2 = values[j + 2]! * v[f2 + i]!
    const s3 = values[j + 3]! * v[f3 + i]!
    for (let l = 0, at = i * size; l <= i; l++, at++) {
      let t = data[at]! + s0 * v[f0 + l]!
      t += s1 * v[f1 + l]!
      t += s2 * v[f2 + l]!
      data[at] = t + s3 * v[f3 + l]!
    }
  }
}

function mirrorLower({ rows: size, data }: Matrix): void {
  for (let i = 0; i < size; i++) {
    for (let l = 0; l < i; l++) data[l * size + i] = data[i * size + l]!
  }
}
