import { exactSum } from '../linear/exact-sum.ts'
import { matrixFromTensor, tensorFromMatrix } from '../linear/matrix.ts'
import { packedLength, unpackSymmetric } from '../linear/packed-symmetric.ts'
import type { AnalyticRule, Classifier, ContributionView, MergeSpec } from '../types.ts'
import type { SumsOver } from '../units/sums-over.ts'
import { countShares } from '../robust/caps.ts'
import { solveAnalytic } from './solve-analytic.ts'
import { statisticShares } from './statistic-shares.ts'

/** `classifierByCounts` on exact sums, for contributions that all weigh 1. */
export function exactClassifierByCounts(spec: MergeSpec): SumsOver<ContributionView, Classifier> {
  const [c, d] = [spec.classes.length, spec.features]
  const [weights, biases, totals] = [c * d, c, c].map((length) => exactSum(length, 'classifier')) as [Sum, Sum, Sum] // prettier-ignore
  const change = (view: ContributionView, how: 'add' | 'remove'): void => {
    const counts = cappedCounts(spec, view.header.classCounts)
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

/** The fit of `solveAnalytic` on exact sums of statistics. */
export function exactClassifierAnalytic(
  { features, classes, robust }: MergeSpec,
  rule: AnalyticRule,
): SumsOver<ContributionView, Classifier> {
  const [size, c] = [features + 1, classes.length]
  const gram = exactSum(packedLength(size), 'classifier/gram')
  const cross = exactSum(size * c, 'classifier/cross')
  const change = (view: ContributionView, how: 'add' | 'remove'): void => {
    const [share] = statisticShares(robust, [view]) as [number]
    gram[how](Float64Array.from(view.tensor('classifier/gram').data, (entry) => share * entry))
    cross[how](Float64Array.from(view.tensor('classifier/cross').data, (entry) => share * entry))
  }
  return {
    add: (view) => change(view, 'add'),
    remove: (view) => change(view, 'remove'),
    solve: () =>
      solveAnalytic(
        { gram: unpackSymmetric(gram.value(), size), cross: { rows: size, cols: c, data: cross.value() } },
        rule,
      ),
    get bytes(): number {
      return gram.bytes + cross.bytes
    },
  }
}

/** Samples of each class, of no class more than the charter's fixed cap. */
function cappedCounts({ robust }: MergeSpec, classCounts: readonly number[]): Float64Array {
  const shares = robust === undefined ? undefined : countShares(robust.countCap, classCounts)
  return Float64Array.from(classCounts, (n, c) => n * (shares?.[c] ?? 1))
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
