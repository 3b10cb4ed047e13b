import type { DenseGram, PackedGram } from '../gram.ts'
import { packedLength } from '../packed-symmetric.ts'

/** Lower triangles of these can be read row by row. */
export type RowGram = DenseGram | PackedGram

/** Writes rows first … last−1 of the lower triangle one after the other, packed; their diagonal is not to be used. */
export function writePackedRows(gram: RowGram, first: number, last: number, target: Float64Array): void {
  if (gram.kind === 'packed') {
    target.set(gram.lower.subarray(packedLength(first), packedLength(last)))
    return
  }
  const { cols, data } = gram.matrix
  for (let i = first, at = 0; i < last; at += ++i) target.set(data.subarray(i * cols, i * cols + i + 1), at)
}

/** Writes the lower triangle with its diagonal into rows that lie `stride` apart; the rest of them is zero. */
export function writeRows(gram: RowGram, diagonal: Float64Array, target: Float64Array, stride: number): void {
  target.fill(0)
  for (let i = 0; i < diagonal.length; i++) {
    writeRow(gram, i, target.subarray(i * stride, i * stride + i + 1))
    target[i * stride + i] = diagonal[i]!
  }
}

function writeRow(gram: RowGram, i: number, target: Float64Array): void {
  if (gram.kind === 'packed') target.set(gram.lower.subarray(packedLength(i), packedLength(i + 1)))
  else target.set(gram.matrix.data.subarray(i * gram.matrix.cols, i * gram.matrix.cols + i + 1))
}
