/**
 * sum += F G for a factor with many short rows: F (rows, n) without gaps, G (n, n) and the sum (rows, n) with rows `stride` apart, a
 * multiple of 16. Every entry of the product is summed by ascending k from zero, sixteen entries of a row at a time, then added.
 */
export function addTallProduct(sum: usize, f: usize, gram: usize, rows: i32, n: i32, stride: i32): void {
  const row = (<usize>stride) << 3
  for (let i = 0; i < rows; i++) {
    for (let j: usize = 0; j < row; j += 128) addSixteen(sum + j, f, gram + j, n, row)
    sum += row
    f += (<usize>n) << 3
  }
}

function addSixteen(sum: usize, f: usize, g: usize, n: i32, row: usize): void {
  let t0 = f64x2.splat(0)
  let t1 = t0
  let t2 = t0
  let t3 = t0
  let t4 = t0
  let t5 = t0
  let t6 = t0
  let t7 = t0
  for (const end = f + ((<usize>n) << 3); f < end; f += 8) {
    const k = v128.load64_splat(f)
    t0 = f64x2.add(t0, f64x2.mul(k, v128.load(g)))
    t1 = f64x2.add(t1, f64x2.mul(k, v128.load(g, 16)))
    t2 = f64x2.add(t2, f64x2.mul(k, v128.load(g, 32)))
    t3 = f64x2.add(t3, f64x2.mul(k, v128.load(g, 48)))
    t4 = f64x2.add(t4, f64x2.mul(k, v128.load(g, 64)))
    t5 = f64x2.add(t5, f64x2.mul(k, v128.load(g, 80)))
    t6 = f64x2.add(t6, f64x2.mul(k, v128.load(g, 96)))
    t7 = f64x2.add(t7, f64x2.mul(k, v128.load(g, 112)))
    g += row
  }
  v128.store(sum, f64x2.add(v128.load(sum), t0))
  v128.store(sum, f64x2.add(v128.load(sum, 16), t1), 16)
  v128.store(sum, f64x2.add(v128.load(sum, 32), t2), 32)
  v128.store(sum, f64x2.add(v128.load(sum, 48), t3), 48)
  v128.store(sum, f64x2.add(v128.load(sum, 64), t4), 64)
  v128.store(sum, f64x2.add(v128.load(sum, 80), t5), 80)
  v128.store(sum, f64x2.add(v128.load(sum, 96), t6), 96)
  v128.store(sum, f64x2.add(v128.load(sum, 112), t7), 112)
}

/** gram ← weight · gram, then a += gram, for `count` doubles, an even number; a weight of 1 changes no bit. */
export function scaleAndAdd(a: usize, gram: usize, count: i32, weight: f64): void {
  const w = f64x2.splat(weight)
  for (const end = gram + ((<usize>count) << 3); gram < end; gram += 16, a += 16) {
    const scaled = f64x2.mul(w, v128.load(gram))
    v128.store(gram, scaled)
    v128.store(a, f64x2.add(v128.load(a), scaled))
  }
}
