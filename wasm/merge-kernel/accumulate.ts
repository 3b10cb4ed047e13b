// Sums of a merge, Gram by Gram, a few rows of its packed lower triangle at a time.
import { addProducts, WIDE } from './wide'

/** Bytes before row i of a packed lower triangle. */
function before(i: i32): usize {
  return ((<usize>i * <usize>(i + 1)) >> 1) << 3
}

/** Rows first … first+count−1, which lie at `rows`: the diagonal replaced by `diagonal`, then all times `weight` unless that is 1. */
export function prepareRows(rows: usize, diagonal: usize, first: i32, count: i32, weight: f64): void {
  const start = before(first)
  for (let i = first; i < first + count; i++) {
    store<f64>(rows + before(i) - start + ((<usize>i) << 3), load<f64>(diagonal + ((<usize>i) << 3)))
  }
  if (weight == 1) return
  const end = rows + before(first + count) - start
  for (let at = rows; at < end; at += 8) store<f64>(at, weight * load<f64>(at))
}

/** sum += the rows, into the lower triangle of `a`. */
export function addRows(a: usize, stride: i32, rows: usize, first: i32, count: i32): void {
  for (let i = first; i < first + count; i++) {
    let at = a + ((<usize>i * <usize>stride) << 3)
    const end = rows + ((<usize>(i + 1)) << 3)
    for (; rows + 16 <= end; rows += 16, at += 16) v128.store(at, f64x2.add(v128.load(at), v128.load(rows)))
    for (; rows < end; rows += 8, at += 8) store<f64>(at, load<f64>(at) + load<f64>(rows))
  }
}

/**
 * product_j += Σ_k g_jk·f_k as far as these rows say: row j holds k ≤ j, the rows after it k > j. Given rows from the first to the last,
 * every entry is summed by ascending k. `f` and `product` (n, 16); column j of a packed triangle has steps that grow by a double.
 */
export function multiplyRows(f: usize, product: usize, rows: usize, first: i32, count: i32): void {
  const start = before(first)
  const last = first + count
  for (let j = 0; j < last; j++) {
    const sum = product + <usize>j * WIDE
    let k = first
    if (j >= first) {
      addProducts(sum, 1, rows + before(j) - start, 8, 0, f, j + 1)
      k = j + 1
    }
    const column = rows + before(k) - start + ((<usize>j) << 3)
    addProducts(sum, 1, column, (<usize>(k + 1)) << 3, 8, f + <usize>k * WIDE, last - k)
  }
}

/** sum += term for `count` doubles, an even number. */
export function addDoubles(sum: usize, term: usize, count: i32): void {
  for (const end = term + ((<usize>count) << 3); term < end; term += 16, sum += 16) {
    v128.store(sum, f64x2.add(v128.load(sum), v128.load(term)))
  }
}
