/** Right-hand sides that lie next to each other, entry by entry: what a step of the kernel works on. */
export const WIDE = 16
/** Rows of a packed triangle that are handed over at a time. */
export const SEGMENT = 16
/** As in wasm/merge-kernel/factor.ts. */
const PANEL = 64

/** Where things lie in the kernel's memory, in doubles. */
export interface Layout {
  readonly rows: number
  readonly size: number
  /** Blocks of WIDE rows of the factor. */
  readonly blocks: number
  /** Distance of two rows of the matrix: the size rounded up to a multiple of 16, a step of every loop of the kernel. */
  readonly stride: number
  /** More rows than columns: Grams are laid out in full and the sum of products by rows, which saves turning every factor. */
  readonly tall: boolean
  readonly pivots: number
  readonly diagonal: number
  readonly panel: number
  /** SEGMENT rows of a packed Gram, or if tall a Gram in full. */
  readonly gram: number
  readonly factor: number
  /** (blocks, size, WIDE), not if tall. */
  readonly product: number
  /** Right-hand sides (blocks, size, WIDE). */
  readonly right: number
  /** If tall (rows, stride). */
  readonly sum: number
  /** (size rounded up to a multiple of 4, stride) */
  readonly matrix: number
  readonly end: number
}

/** For a symmetric matrix (size, size) and factors or right-hand sides (rows, size). */
export function layout(rows: number, size: number): Layout {
  const blocks = Math.ceil(rows / WIDE)
  const stride = roundUp(size, 16)
  const tall = rows > size
  const wide = blocks * size * WIDE
  let end = 0
  const place = (length: number): number => {
    const at = end
    end += roundUp(length, 2)
    return at
  }
  return {
    rows,
    size,
    blocks,
    stride,
    tall,
    pivots: place(size),
    diagonal: place(size),
    panel: place(PANEL * stride),
    gram: place(tall ? size * stride : SEGMENT * size),
    factor: place(wide),
    product: place(tall ? 0 : wide),
    right: place(wide),
    sum: place(tall ? rows * stride : 0),
    matrix: place(roundUp(size, 4) * stride),
    end,
  }
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple
}
