import { ShapeMismatchError } from '../../errors.ts'
import { trace, transpose, zeros } from '../linear/matrix.ts'
import { solveSymmetric } from '../linear/symmetric-solve.ts'
import { packedLength, unpackSymmetric } from '../linear/packed-symmetric.ts'
import { splitIntercept } from './classifier-rows.ts'
import type { Classifier, ContributionView, Matrix, MergeSpec } from '../types.ts'

/** Sums over all sites: gram [x;1]ᵀ[x;1] (d+1, d+1) and cross [x;1]ᵀY (d+1, classes). */
export interface ClassifierStatistics {
  readonly gram: Matrix
  readonly cross: Matrix
}

/**
 * The ridge regression of one-hot labels on all sites' samples together, whatever the split.
 *
 *   [W | b]ᵀ = (G + λ·diag(1 … 1, 0))⁻¹ C      G = Σᵢ [x;1]ᵀ[x;1],  C = Σᵢ [x;1]ᵀY,  λ = ridge · tr(G over features)/d
 *
 * Shapes, for d features and c classes: G (d+1, d+1), C (d+1, c), weight (c, d), bias (c). The intercept, last, is not
 * penalised. Units: `ridge` is relative to the mean diagonal of the features.
 * A class without samples has a zero column in C and so weight 0 and bias 0. As the outputs of all classes add up to 1
 * for every input, the largest output is that of a class with samples: an unseen class is never predicted.
 * Precision: float64, rounded to float32 once. Order: sums by ascending contribution id.
 * Cost: (d+1)²/2 additions per site, (d+1)³/6 for the solve.
 *
 * @throws ShapeMismatchError - gram or cross of another shape
 * @throws NotPositiveDefiniteError - not for admitted statistics
 */
export function solveClassifier({ gram, cross }: ClassifierStatistics, ridge: number): Classifier {
  const d = gram.rows - 1
  const samples = gram.data[gram.data.length - 1]!
  const lambda = ridge * ((trace(gram) - samples) / d)
  const penalised = { ...gram, data: new Float64Array(gram.data) }
  for (let i = 0; i < d; i++) penalised.data[i * gram.cols + i]! += lambda
  const solution = solveSymmetric(penalised, transpose(cross), 'sum of classifier/gram') // (c, d+1)
  return splitIntercept(solution)
}

/** Sums one statistic after the other, each times its share, packed as they come. @throws ShapeMismatchError - a contribution's tensor has another size */
export function sumStatistics(
  { features, classes }: Pick<MergeSpec, 'features' | 'classes'>,
  statistics: readonly ContributionView[],
  shares: readonly number[] = statistics.map(() => 1),
): ClassifierStatistics {
  const size = features + 1
  const gram = new Float64Array(packedLength(size))
  const cross = zeros(size, classes.length)
  for (const [i, view] of statistics.entries()) {
    addInto(gram, shares[i]!, view, 'classifier/gram')
    addInto(cross.data, shares[i]!, view, 'classifier/cross')
  }
  return { gram: unpackSymmetric(gram, size), cross }
}

function addInto(sum: Float64Array, share: number, view: ContributionView, name: string): void {
  const { data } = view.tensor(name)
  if (data.length !== sum.length) throw new ShapeMismatchError(name, [sum.length], [data.length])
  for (let i = 0; i < sum.length; i++) sum[i]! += share * data[i]!
}
