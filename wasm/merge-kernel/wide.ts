/** Bytes of sixteen doubles: what one step works on, eight independent pairs, each in its own order. */
export const WIDE: usize = 128

/**
 * t += sign · Σ_k f_k·x_k by ascending k, for `count` sixteens x_k that follow each other. f_1 lies `apart` bytes after f_0, and each
 * further distance is `growth` bytes longer. Sign 1 or −1, an exact factor: t + (−f)·x has the bits of t − f·x.
 */
export function addProducts(
  t: usize,
  sign: f64,
  f: usize,
  apart: usize,
  growth: usize,
  x: usize,
  count: i32,
): void {
  const signs = f64x2.splat(sign)
  let t0 = v128.load(t)
  let t1 = v128.load(t, 16)
  let t2 = v128.load(t, 32)
  let t3 = v128.load(t, 48)
  let t4 = v128.load(t, 64)
  let t5 = v128.load(t, 80)
  let t6 = v128.load(t, 96)
  let t7 = v128.load(t, 112)
  for (const end = x + <usize>count * WIDE; x < end; x += WIDE) {
    const k = f64x2.mul(signs, v128.load64_splat(f))
    t0 = f64x2.add(t0, f64x2.mul(k, v128.load(x)))
    t1 = f64x2.add(t1, f64x2.mul(k, v128.load(x, 16)))
    t2 = f64x2.add(t2, f64x2.mul(k, v128.load(x, 32)))
    t3 = f64x2.add(t3, f64x2.mul(k, v128.load(x, 48)))
    t4 = f64x2.add(t4, f64x2.mul(k, v128.load(x, 64)))
    t5 = f64x2.add(t5, f64x2.mul(k, v128.load(x, 80)))
    t6 = f64x2.add(t6, f64x2.mul(k, v128.load(x, 96)))
    t7 = f64x2.add(t7, f64x2.mul(k, v128.load(x, 112)))
    f += apart
    apart += growth
  }
  v128.store(t, t0)
  v128.store(t, t1, 16)
  v128.store(t, t2, 32)
  v128.store(t, t3, 48)
  v128.store(t, t4, 64)
  v128.store(t, t5, 80)
  v128.store(t, t6, 96)
  v128.store(t, t7, 112)
}
