// LDLᵀ on the upper triangle, U = Lᵀ by rows: t −= (u_ki·u_kj)·d_k by ascending k for every entry, as src/merge/linear/ldlt.ts.
// Panels of PANEL rows: what a panel subtracts from the entries after it is stored back as doubles, so panels change no bit.
// A panel lies packed in tiles of four columns: [column/4][k][column%4].

/** Rows of a panel. */
export const PANEL: i32 = 64
/** Columns whose packed tiles stay in the cache while all rows pass by them. */
const COLUMNS: i32 = 256
/** Bytes of a packed tile. */
const TILE: usize = <usize>(PANEL * 32)

/** Upper triangle from the lower one, eight by eight. */
export function mirror(a: usize, n: i32, stride: i32): void {
  const row = (<usize>stride) << 3
  for (let i0 = 0; i0 < n; i0 += 8) {
    const i1 = min(i0 + 8, n)
    for (let j0 = 0; j0 <= i0; j0 += 8) {
      for (let i = i0; i < i1; i++) {
        const j1 = min(j0 + 8, i)
        for (let j = j0; j < j1; j++) {
          store<f64>(
            a + <usize>j * row + ((<usize>i) << 3),
            load<f64>(a + <usize>i * row + ((<usize>j) << 3)),
          )
        }
      }
    }
  }
}

/**
 * Overwrites the upper triangle with U above its unit diagonal, `pivots` with D; returns the first pivot that is not positive, or −1.
 * `stride` is a multiple of 8, with zeros right of column n; `packed` has room for PANEL · stride doubles.
 */
export function factor(a: usize, pivots: usize, packed: usize, n: i32, stride: i32): i32 {
  for (let k0 = 0; k0 < n; k0 += PANEL) {
    const rows = min(PANEL, n - k0)
    const failed = factorPanel(a, pivots, packed, k0, rows, stride)
    if (failed >= 0) return failed
    const after = k0 + rows
    if (after < n) updateAfter(a, pivots + ((<usize>k0) << 3), packed, after, n, stride)
  }
  return -1
}

/** The panel's rows, eight columns at a time; its own square first, which yields the pivots. */
function factorPanel(a: usize, pivots: usize, packed: usize, k0: i32, rows: i32, stride: i32): i32 {
  const failed = factorSquare(a, pivots, k0, rows, stride)
  if (failed >= 0) return failed
  const d = pivots + ((<usize>k0) << 3)
  for (let j = k0 + PANEL; j < stride; j += 8) {
    const tile = packed + <usize>(j >> 2) * TILE
    solveColumns(a, d, tile, k0, j, rows, stride)
  }
  return -1
}

/** The square on the diagonal, entry by entry. */
function factorSquare(a: usize, pivots: usize, k0: i32, rows: i32, stride: i32): i32 {
  const row = (<usize>stride) << 3
  for (let i = k0; i < k0 + rows; i++) {
    let d: f64 = 0
    for (let j = i; j < k0 + rows; j++) {
      const at = a + <usize>i * row + ((<usize>j) << 3)
      let t = load<f64>(at)
      for (let k = k0; k < i; k++) {
        const top = a + <usize>k * row
        t -=
          load<f64>(top + ((<usize>i) << 3)) *
          load<f64>(top + ((<usize>j) << 3)) *
          load<f64>(pivots + ((<usize>k) << 3))
      }
      if (j == i) {
        d = t
        store<f64>(pivots + ((<usize>i) << 3), d)
        if (!(d > 0)) return i
      } else {
        store<f64>(at, t / d)
      }
    }
  }
  return -1
}

/** Rows of the panel in columns j … j+7, right of its square: into the matrix and packed. */
function solveColumns(a: usize, d: usize, tile: usize, k0: i32, j: i32, rows: i32, stride: i32): void {
  const row = (<usize>stride) << 3
  for (let i = 0; i < rows; i++) {
    const at = a + <usize>(k0 + i) * row + ((<usize>j) << 3)
    let t0 = v128.load(at)
    let t1 = v128.load(at, 16)
    let t2 = v128.load(at, 32)
    let t3 = v128.load(at, 48)
    let left = a + <usize>k0 * row + ((<usize>(k0 + i)) << 3)
    let p = tile
    for (let k = 0; k < i; k++) {
      const l = v128.load64_splat(left)
      const dk = v128.load64_splat(d + ((<usize>k) << 3))
      t0 = f64x2.sub(t0, f64x2.mul(f64x2.mul(l, v128.load(p)), dk))
      t1 = f64x2.sub(t1, f64x2.mul(f64x2.mul(l, v128.load(p, 16)), dk))
      t2 = f64x2.sub(t2, f64x2.mul(f64x2.mul(l, v128.load(p, PANEL * 32)), dk))
      t3 = f64x2.sub(t3, f64x2.mul(f64x2.mul(l, v128.load(p, PANEL * 32 + 16)), dk))
      left += row
      p += 32
    }
    const pivot = v128.load64_splat(d + ((<usize>i) << 3))
    t0 = f64x2.div(t0, pivot)
    t1 = f64x2.div(t1, pivot)
    t2 = f64x2.div(t2, pivot)
    t3 = f64x2.div(t3, pivot)
    v128.store(at, t0)
    v128.store(at, t1, 16)
    v128.store(at, t2, 32)
    v128.store(at, t3, 48)
    v128.store(p, t0)
    v128.store(p, t1, 16)
    v128.store(p, t2, PANEL * 32)
    v128.store(p, t3, PANEL * 32 + 16)
  }
}

/** Subtracts a whole panel's products from all entries after it. */
function updateAfter(a: usize, d: usize, packed: usize, after: i32, n: i32, stride: i32): void {
  for (let j0 = after; j0 < n; j0 += COLUMNS) {
    const j1 = min(j0 + COLUMNS, n)
    for (let i = after; i < j1; i += 4) {
      for (let j = max(i, j0); j < j1; j += 4) {
        subtractTile(
          a + ((<usize>i * <usize>stride + <usize>j) << 3),
          d,
          packed + <usize>(i >> 2) * TILE,
          packed + <usize>(j >> 2) * TILE,
          (<usize>stride) << 3,
        )
      }
    }
  }
}

/** Four rows by four columns, which stay in registers for all of the panel; on the diagonal also unused entries below it. */
function subtractTile(at: usize, d: usize, left: usize, right: usize, row: usize): void {
  const at1 = at + row
  const at2 = at1 + row
  const at3 = at2 + row
  let t00 = v128.load(at)
  let t01 = v128.load(at, 16)
  let t10 = v128.load(at1)
  let t11 = v128.load(at1, 16)
  let t20 = v128.load(at2)
  let t21 = v128.load(at2, 16)
  let t30 = v128.load(at3)
  let t31 = v128.load(at3, 16)
  const end = d + <usize>(PANEL * 8)
  while (d < end) {
    const dk = v128.load64_splat(d)
    const r0 = v128.load(right)
    const r1 = v128.load(right, 16)
    let l = v128.load64_splat(left)
    t00 = f64x2.sub(t00, f64x2.mul(f64x2.mul(l, r0), dk))
    t01 = f64x2.sub(t01, f64x2.mul(f64x2.mul(l, r1), dk))
    l = v128.load64_splat(left, 8)
    t10 = f64x2.sub(t10, f64x2.mul(f64x2.mul(l, r0), dk))
    t11 = f64x2.sub(t11, f64x2.mul(f64x2.mul(l, r1), dk))
    l = v128.load64_splat(left, 16)
    t20 = f64x2.sub(t20, f64x2.mul(f64x2.mul(l, r0), dk))
    t21 = f64x2.sub(t21, f64x2.mul(f64x2.mul(l, r1), dk))
    l = v128.load64_splat(left, 24)
    t30 = f64x2.sub(t30, f64x2.mul(f64x2.mul(l, r0), dk))
    t31 = f64x2.sub(t31, f64x2.mul(f64x2.mul(l, r1), dk))
    d += 8
    left += 32
    right += 32
  }
  v128.store(at, t00)
  v128.store(at, t01, 16)
  v128.store(at1, t10)
  v128.store(at1, t11, 16)
  v128.store(at2, t20)
  v128.store(at2, t21, 16)
  v128.store(at3, t30)
  v128.store(at3, t31, 16)
}
