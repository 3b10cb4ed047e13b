// Dishonest classifier statistics and classifiers, and the accuracy of what is merged from them.
import { solveClassifier } from '../../src/merge/classifier/classifier-analytic.ts'
import { mergeClassifier } from '../../src/merge/classifier/merge-classifier.ts'
import { zeros } from '../../src/merge/linear/matrix.ts'
import { unpackSymmetric } from '../../src/merge/linear/packed-symmetric.ts'
import type { Classifier, ContributionView, Matrix, RobustSpec } from '../../src/merge/types.ts'
import {
  CLASSES,
  classifierSpec,
  FEATURES,
  siteView,
  type ClassifierSites,
  type LabelledRows,
} from './classifier-sites.ts'

export type Rule = 'counts' | 'analytic'

/** What a dishonest site sends, from rows and classifier that it had honestly. */
export type ClassifierAttack = (id: string, rows: LabelledRows, own: Matrix) => ContributionView

const flipped = ({ rows, labels }: LabelledRows): LabelledRows => ({
  rows,
  labels: labels.map((label) => (label + 1) % CLASSES),
})
const times = (matrix: Matrix, factor: number): Matrix => ({ ...matrix, data: matrix.data.map((value) => factor * value) }) // prettier-ignore
const louder = ({ rows, labels }: LabelledRows, factor: number): LabelledRows => ({
  labels,
  rows: rows.map((row) => row.map((value) => factor * value)),
})

export const CLASSIFIER_ATTACKS: Readonly<Record<Rule, Readonly<Record<string, ClassifierAttack>>>> = {
  analytic: {
    'labels flipped': (id, rows) => siteView(id, flipped(rows)),
    'labels flipped, count × 1000 and statistics with it': (id, rows) => siteView(id, flipped(rows), undefined, 1000), // prettier-ignore
    'labels flipped, features × 30': (id, rows) => siteView(id, louder(flipped(rows), 30)),
  },
  counts: {
    'labels flipped': (id, rows) => siteView(id, flipped(rows), ownClassifier(flipped(rows))),
    'labels flipped, counts × 1000': (id, rows) =>
      siteView(id, flipped(rows), ownClassifier(flipped(rows)), 1000),
    'sign flip, rows × −5': (id, rows, own) => siteView(id, rows, times(own, -5)),
    'sign flip, rows × −5, counts × 1000': (id, rows, own) => siteView(id, rows, times(own, -5), 1000),
  },
}

/** The merged classifier's accuracy on samples of all classes under each defence, the first sites being dishonest. */
export function accuracies(
  { sites, test }: ClassifierSites,
  rule: Rule,
  defences: readonly (RobustSpec | undefined)[],
  dishonest = 0,
  attack?: ClassifierAttack,
): readonly number[] {
  const views = sites
    .map((rows, i) => ({ rows, i }))
    .filter(({ rows }) => rows.rows.length > 0)
    .map(({ rows, i }) => {
      const own = rule === 'counts' ? ownClassifier(rows) : zeros(CLASSES, FEATURES + 1)
      const id = `site-${String(i).padStart(2, '0')}`
      return i < dishonest && attack !== undefined ? attack(id, rows, own) : siteView(id, rows, own)
    })
  const weighted = views.map((view) => ({ view, weight: 1 }))
  return defences.map((robust) => {
    const spec = classifierSpec(rule, robust)
    return share(mergeClassifier(spec, weighted, rule === 'analytic' ? views : []).classifier, test)
  })
}

/** Ridge regression on a site's own rows, (classes, features + 1). */
function ownClassifier(rows: LabelledRows): Matrix {
  const view = siteView('own', rows)
  const gram = unpackSymmetric(view.tensor('classifier/gram').data, FEATURES + 1)
  const cross = {
    rows: FEATURES + 1,
    cols: CLASSES,
    data: Float64Array.from(view.tensor('classifier/cross').data),
  }
  const { weight, bias } = solveClassifier({ gram, cross }, 1e-2)
  const result = zeros(CLASSES, FEATURES + 1)
  for (let c = 0; c < CLASSES; c++) {
    result.data.set(weight.data.subarray(c * FEATURES, (c + 1) * FEATURES), c * (FEATURES + 1))
    result.data[(c + 1) * (FEATURES + 1) - 1] = bias.data[c]!
  }
  return result
}

function share({ weight, bias }: Classifier, { rows, labels }: LabelledRows): number {
  const right = rows.filter((row, n) => {
    let [best, most] = [-1, -Infinity]
    for (let c = 0; c < CLASSES; c++) {
      let score = bias.data[c]!
      for (let k = 0; k < FEATURES; k++) score += weight.data[c * FEATURES + k]! * row[k]!
      if (score > most) [best, most] = [c, score]
    }
    return best === labels[n]
  })
  return right.length / rows.length
}
