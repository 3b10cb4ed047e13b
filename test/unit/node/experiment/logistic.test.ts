import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../../../src/merge/index.ts'
import type { Measurements } from '../../../../src/node/experiment/data/prepared-data.ts'
import { twoClassScore } from '../../../../src/node/experiment/run/home-scores.ts'
import { logisticRegression } from '../../../../src/node/experiment/run/logistic-regression.ts'

test('logistic regression: where its loss is least, each weight is what its penalty takes from the residuals', () => {
  const random = createRandom('logistic')
  const rows = Array.from({ length: 80 }, () => [random.normal(), 5 + 2 * random.normal()])
  const isSecond = rows.map(([a, b]) => a! + (b! - 5) / 2 + random.normal() > 0.3)
  const logOdds = logisticRegression(rows, isSecond)
  const residuals = rows.map((row, i) => (isSecond[i] ? 1 : 0) - 1 / (1 + Math.exp(-logOdds(row))))
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  assert.ok(Math.abs(sum(residuals)) < 1e-6, 'the bias has no penalty')
  for (const column of [0, 1]) {
    const mean = sum(rows.map((row) => row[column]!)) / rows.length
    const deviation = Math.sqrt(sum(rows.map((row) => (row[column]! - mean) ** 2)) / rows.length)
    const at = [0, 5]
    const shifted = at.map((value, i) => (i === column ? value + deviation : value))
    const weight = logOdds(shifted) - logOdds(at)
    const gradient = sum(rows.map((row, i) => (residuals[i]! * (row[column]! - mean)) / deviation))
    assert.ok(Math.abs(weight - gradient) < 1e-6, `weight ${weight}, gradient ${gradient}`)
  }
})

test('logistic regression learns from what is missing, too, and takes a column that is always missing', () => {
  const rows: Measurements[] = Array.from({ length: 40 }, (_, i) => [i % 2 === 0 ? null : 1, null])
  const logOdds = logisticRegression(rows, rows.map((_, i) => i % 2 === 0)) // prettier-ignore
  assert.ok(logOdds([null, null]) > 1)
  assert.ok(logOdds([1, null]) < -1)
})

test('of two classes: balanced accuracy and the area under the ROC curve', () => {
  const score = twoClassScore([[-1, 2], [1, 3, 5, 2]]) // prettier-ignore
  assert.deepEqual(score, { accuracy: 5 / 6, balanced: 0.75, auc: 6.5 / 8 })
  assert.deepEqual(twoClassScore([[], [1, -1]]), { accuracy: 0.5, balanced: 0.5, auc: 0.5 })
})
