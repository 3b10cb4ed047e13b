// X A = R for sixteen rows of R at a time, which lie entry by entry next to each other: x[i][0 … 15]. Orders as in
// src/merge/linear/ldlt-solve.ts: both sums by ascending k.
import { addProducts, WIDE } from './wide'

/** Rows of U whose products are subtracted at once in the forward substitution; what they leave is stored back as doubles. */
const STEP: i32 = 16

/** Overwrites x (n, 16) with the solution; `a` and `pivots` as `factor` leaves them. */
export function solve(a: usize, pivots: usize, x: usize, n: i32, stride: i32): void {
  forward(a, x, n, stride)
  for (let i = 0; i < n; i++) divide(x + <usize>i * WIDE, pivots + ((<usize>i) << 3))
  for (let i = n - 1; i >= 0; i--) {
    const row = a + ((<usize>i * <usize>stride + <usize>i + 1) << 3)
    addProducts(x + <usize>i * WIDE, -1, row, 8, 0, x + <usize>(i + 1) * WIDE, n - i - 1)
  }
}

/** y_i = r_i − Σ_k u_ki·y_k, STEP rows k after the other. */
function forward(a: usize, x: usize, n: i32, stride: i32): void {
  const row = (<usize>stride) << 3
  for (let k = 0; k < n; k += STEP) {
    const top = a + <usize>k * row
    for (let i = k + 1; i < n; i++) {
      addProducts(
        x + <usize>i * WIDE,
        -1,
        top + ((<usize>i) << 3),
        row,
        0,
        x + <usize>k * WIDE,
        min(STEP, i - k),
      )
    }
  }
}

function divide(x: usize, pivot: usize): void {
  const d = v128.load64_splat(pivot)
  for (const end = x + WIDE; x < end; x += 16) v128.store(x, f64x2.div(v128.load(x), d))
}
