import type { Matrix } from '../../types.ts'
import { WIDE } from './layout.ts'

/** (rows, size) -> (blocks, size, WIDE) from `at` on; rows that the matrix has no more are zero. */
export function writeWide({ rows, cols, data }: Matrix, target: Float64Array, at: number): void {
  for (let first = 0; first < rows; first += WIDE, at += cols * WIDE) {
    target.fill(0, at, at + cols * WIDE)
    for (let r = first; r < Math.min(rows, first + WIDE); r++) {
      for (let i = 0; i < cols; i++) target[at + i * WIDE + (r - first)] = data[r * cols + i]!
    }
  }
}

/** The reverse of `writeWide`. */
export function readWide(source: Float64Array, at: number, { rows, cols, data }: Matrix): void {
  for (let first = 0; first < rows; first += WIDE, at += cols * WIDE) {
    for (let r = first; r < Math.min(rows, first + WIDE); r++) {
      for (let i = 0; i < cols; i++) data[r * cols + i] = source[at + i * WIDE + (r - first)]!
    }
  }
}
