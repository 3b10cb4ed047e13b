import { trace, zeros } from '../linear/matrix.ts'
import { unpackSymmetric } from '../linear/packed-symmetric.ts'
import type { ContributionView, Matrix } from '../types.ts'

/** [x;1]ᵀ[x;1] of the inputs of a contribution's classifier, (features + 1, features + 1); the last entry is the number of samples. */
export function classifierGram(view: ContributionView, features: number): Matrix {
  return unpackSymmetric(view.tensor('classifier/gram').data, features + 1)
}

/** XᵀX, without the intercept. */
export function featureGram({ cols, data }: Matrix): Matrix {
  const result = zeros(cols - 1, cols - 1)
  for (let i = 0; i < cols - 1; i++) {
    result.data.set(data.subarray(i * cols, i * cols + cols - 1), i * (cols - 1))
  }
  return result
}

/** ρ·tr(XᵀX)/d: what the ridge of a classifier's Gram adds to its diagonal, the intercept's entry included. */
export function featureRidge(gram: Matrix, ridge: number): number {
  const features = gram.rows - 1
  const samples = gram.data[gram.data.length - 1]!
  return ridge * ((trace(gram) - samples) / features)
}
