/** Right-hand sides that lie next to each other, entry by entry: what a step of the kernel works on. */
export const WIDE = 16
/** Rows of a packed triangle that are handed over at a time. */
export const SEGMENT = 16
/** As in wasm/merge-kernel/factor.ts. */
const PANEL = 64

/** Where things lie in the kernel's memory, in doubles. */
export interface Layout {
  readonly size: number
  /** Blocks of WIDE rows of the factor. */
  readonly blocks: number
  /** Distance of two rows of the matrix: the size rounded up to a multiple of 8. */
  readonly stride: number
  readonly pivots: number
  readonly diagonal: number
  readonly panel: number
  readonly segment: number
  /** Each (blocks, size, WIDE). */
  readonly factor: number
  readonly product: number
  readonly sum: number
  /** (size rounded up to a multiple of 4, stride) */
  readonly matrix: number
  readonly end: number
}

/** For a symmetric matrix (size, size) and factors or right-hand sides (rows, size). */
export function layout(rows: number, size: number): Layout {
  const blocks = Math.ceil(rows / WIDE)
  const stride = roundUp(size, 8)
  const wide = blocks * size * WIDE
  let end = 0
  const place = (length: number): number => {
    const at = end
    end += roundUp(length, 2)
    return at
  }
  return {
    size,
    blocks,
    stride,
    pivots: place(size),
    diagonal: place(size),
    panel: place(PANEL * stride),
    segment: place(SEGMENT * size),
    factor: place(wide),
    product: place(wide),
    sum: place(wide),
    matrix: place(roundUp(size, 4) * stride),
    end,
  }
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple
}
