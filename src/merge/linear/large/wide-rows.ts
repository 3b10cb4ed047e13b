import { WIDE } from './layout.ts'

/** Rows of a matrix that lie `stride` apart. */
export interface Rows {
  readonly rows: number
  readonly cols: number
  readonly data: Float64Array
  readonly stride?: number
}

/** (rows, cols) -> (blocks, cols, WIDE) from `at` on; rows that the matrix has no more are zero. */
export function writeWide({ rows, cols, data, stride = cols }: Rows, target: Float64Array, at: number): void {
  for (let first = 0; first < rows; first += WIDE, at += cols * WIDE) {
    const last = Math.min(rows, first + WIDE)
    if (last < first + WIDE) target.fill(0, at, at + cols * WIDE)
    for (let r = first; r < last; r++) {
      for (let i = 0; i < cols; i++) target[at + i * WIDE + (r - first)] = data[r * stride + i]!
    }
  }
}

/** The reverse of `writeWide`. */
export function readWide(source: Float64Array, at: number, { rows, cols, data }: Rows): void {
  for (let first = 0; first < rows; first += WIDE, at += cols * WIDE) {
    for (let r = first; r < Math.min(rows, first + WIDE); r++) {
      for (let i = 0; i < cols; i++) data[r * cols + i] = source[at + i * WIDE + (r - first)]!
    }
  }
}
