import type { Gram } from './gram.ts'
import { matmul, transpose } from './matrix.ts'
import { timesGram } from './symmetric-solve.ts'
import type { Matrix } from '../types.ts'

/** A G Aᵀ, (r, size) -> (r, r): what a layer with frozen A needs of its inputs' Gram. */
export function projectGram(a: Matrix, gram: Gram): Matrix {
  return matmul(timesGram(a, gram), transpose(a))
}
