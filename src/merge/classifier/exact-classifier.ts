import { exactSum } from '../linear/exact-sum.ts'
import { matrixFromTensor, tensorFromMatrix } from '../linear/matrix.ts'
import { packedLength, unpackSymmetric } from '../linear/packed-symmetric.ts'
import type { Classifier, ContributionView, MergeSpec } from '../types.ts'
import type { SumsOver } from '../units/sums-over.ts'
import { solveClassifier } from './classifier-analytic.ts'

/** `classifierByCounts` on exact sums, for contributions that all weigh 1. */
export function exactClassifierByCounts(spec: MergeSpec): SumsOver<ContributionView, Classifier> {
  const [c, d] = [spec.classes.length, spec.features]
  const [weights, biases, totals] = [c * d, c, c].map((length) => exactSum(length, 'classifier')) as [Sum, Sum, Sum] // prettier-ignore
  const change = (view: ContributionView, how: 'add' | 'remove'): void => {
    const counts = Float64Array.from(view.header.classCounts)
    weights[how](timesRows(matrixFromTensor('classifier/weight', view.tensor('classifier/weight'), c, d).data, counts)) // prettier-ignore
    biases[how](timesRows(matrixFromTensor('classifier/bias', view.tensor('classifier/bias'), c, 1).data, counts)) // prettier-ignore
    totals[how](counts)
  }
  return {
    add: (view) => change(view, 'add'),
    remove: (view) => change(view, 'remove'),
    solve(): Classifier {
      const total = totals.value()
      const weight = { rows: c, cols: d, data: overRows(weights.value(), total) }
      const bias = { rows: c, cols: 1, data: overRows(biases.value(), total) }
      return {
        weight: tensorFromMatrix('classifier/weight', weight),
        bias: tensorFromMatrix('classifier/bias', bias, [c]),
      }
    },
    get bytes(): number {
      return weights.bytes + biases.bytes + totals.bytes
    },
  }
}

/** The ridge regression of `solveClassifier` on exact sums of statistics. */
export function exactClassifierAnalytic(
  { features, classes }: MergeSpec,
  ridge: number,
): SumsOver<ContributionView, Classifier> {
  const [size, c] = [features + 1, classes.length]
  const gram = exactSum(packedLength(size), 'classifier/gram')
  const cross = exactSum(size * c, 'classifier/cross')
  const change = (view: ContributionView, how: 'add' | 'remove'): void => {
    gram[how](new Float64Array(view.tensor('classifier/gram').data))
    cross[how](new Float64Array(view.tensor('classifier/cross').data))
  }
  return {
    add: (view) => change(view, 'add'),
    remove: (view) => change(view, 'remove'),
    solve: () =>
      solveClassifier(
        { gram: unpackSymmetric(gram.value(), size), cross: { rows: size, cols: c, data: cross.value() } },
        ridge,
      ),
    get bytes(): number {
      return gram.bytes + cross.bytes
    },
  }
}

type Sum = ReturnType<typeof exactSum>

function timesRows(data: Float64Array, counts: Float64Array): Float64Array {
  const width = data.length / counts.length
  return data.map((entry, at) => counts[Math.floor(at / width)]! * entry)
}

/** A class that nobody holds stays zero. */
function overRows(data: Float64Array, totals: Float64Array): Float64Array {
  const width = data.length / totals.length
  return data.map((entry, at) => {
    const total = totals[Math.floor(at / width)]!
    return total === 0 ? 0 : entry / total
  })
}
