import type { FactoredGram, Gram } from './gram.ts'
import { addInto, matmul, transpose } from './matrix.ts'
import { timesGram } from './symmetric-solve.ts'
import type { Matrix } from '../types.ts'

/** A G Aᵀ, (r, size) -> (r, r): what a layer with frozen A needs of its inputs' Gram. A factored one is never formed. */
export function projectGram(a: Matrix, gram: Gram): Matrix {
  if (gram.kind === 'factored') return projectFactored(a, gram)
  return matmul(timesGram(a, gram), transpose(a))
}

/** A diag(d) Aᵀ + (A Vᵀ) diag(λ) (A Vᵀ)ᵀ. Cost: r·size·(r + k) products. */
function projectFactored(a: Matrix, { vectors, values, diagonal }: FactoredGram): Matrix {
  const result = matmul(timesDiagonal(a, diagonal), transpose(a))
  const along = matmul(a, transpose(vectors)) // (r, k)
  addInto(result, matmul(timesDiagonal(along, values), transpose(along)))
  return result
}

function timesDiagonal(a: Matrix, diagonal: Float64Array): Matrix {
  return { ...a, data: a.data.map((value, i) => value * diagonal[i % a.cols]!) }
}
