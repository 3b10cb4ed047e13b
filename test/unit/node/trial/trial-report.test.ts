import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunRecord } from '../../../../src/node/experiment/types.ts'
import { renderTrial } from '../../../../src/node/trial/render-trial.ts'
import { trialReport } from '../../../../src/node/trial/trial-report.ts'

const FACTS = { classes: 3, perSite: [40, 10, 30], heldOutSamples: 96, peakBytes: 2e8 }

function record(method: string, own: number | undefined, analytic: number, perSite?: number[]): RunRecord {
  const end = (value: number) => ({ rounds: [0.1, value], tasks: [[value]] })
  return {
    v: 1,
    id: method,
    method,
    split: '0.5',
    seed: 1,
    heads: { ...(own !== undefined && { own: end(own) }), analytic: end(analytic) },
    ...(perSite && { perSite }),
    bytes: { total: perSite === undefined ? 12_300 : 0, round: 0, adapter: 0, statistics: 0, lifted: 0 },
    ms: { train: 900, measure: 300, merge: 30, solve: 20, evaluate: 4_000, lifted: 0, wall: 9_000 },
  }
}

const records = [
  record('local+started', 0.6, 0.7, [0.8, 0.25, 0.75]),
  record('fedavg+started', 0.8, 0.75),
  record('regmean+started', 0.85, 0.9),
  record('frozen', undefined, 0.88),
]

test('a row says what one site gains, sends and takes; evaluating is no part of it', () => {
  const { rows, sites, trainSamples, chance } = trialReport(records, FACTS)
  assert.deepEqual(rows[0], { way: 'alone', trained: 0.6, worst: 0.25, analytic: 0.7, bytes: 0, ms: 450 })
  assert.deepEqual(rows[2], { way: 'closed-form', trained: 0.85, worst: null, analytic: 0.9, bytes: 12_300, ms: 450 }) // prettier-ignore
  assert.deepEqual(rows[3], { way: 'frozen', trained: null, worst: null, analytic: 0.88, bytes: 12_300, ms: 450 }) // prettier-ignore
  assert.deepEqual([sites, trainSamples], [3, 80])
  assert.ok(Math.abs(chance - 0.1) < 1e-3, 'half of the interval of 48 of 96')
})

test('a person reads who gains, by the better classifier of each, and what may be chance', () => {
  const text = renderTrial(trialReport(records, FACTS))
  assert.match(text, /^3 virtual sites with 40, 10, 30 samples of 3 classes; accuracy on 96 held out$/m)
  assert.match(text, /each site alone +│ +60\.0 % │ +70\.0 % │ +25\.0 % │ +– │/)
  assert.match(text, /frozen backbone, nothing trained +│ +– │ +88\.0 %/)
  assert.match(text, /below 10\.0 % may be chance; memory of training: 200\.0 MB at most/)
  assert.match(
    text,
    /\+20\.0 points against a site alone, \+10\.0 points against the plain mean, \+2\.0 points against the frozen/,
  )
})
