import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chartsOf } from '../../../../src/node/experiment/report/charts.ts'
import { csvReport } from '../../../../src/node/experiment/report/csv-report.ts'
import { drawCharts } from '../../../../src/node/charts/draw-charts.ts'
import { interval, pairedInterval, verdict } from '../../../../src/node/experiment/report/interval.ts'
import { markdownReport } from '../../../../src/node/experiment/report/markdown-report.ts'
import { studentCdf, studentQuantile } from '../../../../src/node/experiment/report/student-t.ts'
import { summarise } from '../../../../src/node/experiment/report/summary.ts'
import { presetSpec } from '../../../../src/node/experiment/presets.ts'
import { packRight } from '../../../../src/node/experiment/right-samples.ts'
import type { RunRecord } from '../../../../src/node/experiment/types.ts'
import { recordOf } from './fixtures.ts'

const close = (actual: number | undefined, expected: number, tolerance = 1e-9): void => {
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= tolerance,
    `${actual}, expected ${expected}`,
  )
}

test('the quantile of Student’s t is that of the tables', () => {
  const known = [[1, 12.706204736174698], [2, 4.302652729911275], [4, 2.7764451051977987], [9, 2.2621571627409915], [30, 2.0422724563012373]] as const // prettier-ignore
  for (const [df, value] of known) close(studentQuantile(0.975, df), value, 1e-9)
  close(studentQuantile(0.5, 7), 0)
  for (const df of [1, 2, 3, 6, 11]) close(studentCdf(1.3, df) + studentCdf(-1.3, df), 1)
})

test('an interval is the mean ± t · s/√n, and one value has none', () => {
  const { mean, half } = interval([1, 2, 3, 4, 5])
  close(mean, 3)
  close(half, 2.7764451051977987 * Math.sqrt(2.5 / 5))
  assert.equal(interval([4]).half, undefined)
})

test('differences are taken seed by seed: what all seeds share is no spread', () => {
  const reference = new Map([[1, 0.1], [2, 0.5], [3, 0.9], [4, 0.3]]) // prettier-ignore
  const better = new Map([[1, 0.21], [2, 0.6], [3, 1], [7, 0.9]]) // prettier-ignore
  const difference = pairedInterval(better, reference)!
  assert.equal(difference.count, 3)
  close(difference.mean, 0.31 / 3)
  assert.equal(verdict(difference), 'better')
  assert.equal(verdict(pairedInterval(reference, better)!), 'worse')
  assert.equal(verdict({ mean: 0.1, half: 0.2, count: 3 }), 'tied')
  assert.equal(verdict({ mean: 0.1, half: undefined, count: 1 }), 'one seed')
  assert.equal(pairedInterval(new Map([[9, 1]]), reference), undefined)
})

const spec = {
  ...presetSpec('demo', undefined, undefined),
  tasks: 2,
  splits: [0.5],
  methods: ['ffa', 'lorm', 'frozen', 'pooled', 'local'],
  reference: 'lorm',
}
const analytic = { rounds: [0.8], tasks: [[0.8, 0.8]] }
const records = [
  recordOf('ffa', 1, [0.5, 0.7]),
  recordOf('ffa', 2, [0.6, 0.7]),
  recordOf('lorm', 1, [0.7, 0.7], { heads: { own: recordOf('', 0, [0.7, 0.7]).heads.own!, analytic } }),
  recordOf('lorm', 2, [0.7, 0.8]),
  recordOf('frozen', 1, [0.6, 0.6], {
    heads: { analytic },
    bytes: { total: 9e5, round: 0, adapter: 0, statistics: 9e5, lifted: 0 },
  }),
  recordOf('local', 1, [0.2, 0.2], { perSite: [0.3, 0.1] }),
]
const made = { command: 'peermerge experiment x', machine: 'a machine', versions: 'some' }
const reportOf = (all: typeof records): string => markdownReport(spec, summarise(spec, all), made, new Map())

test('a summary has a row for each method and head that there are records of, with means over seeds', () => {
  const [{ rows }] = summarise(spec, records) as [ReturnType<typeof summarise>[number]]
  assert.deepEqual(rows.map(({ name }) => name), ['ffa', 'lorm', 'lorm:analytic', 'frozen:analytic', 'local']) // prettier-ignore
  const [ffa, lorm, merged, frozen, local] = rows
  close(ffa!.accuracy.mean, 0.625)
  close(ffa!.forgetting?.mean, 0.1)
  close(ffa!.versus!.difference.mean, (0.6 - 0.7 + (0.65 - 0.75)) / 2)
  close(lorm!.sent, 2e6)
  close(merged!.sent, 1e6 + 2e6 / 2)
  close(frozen!.sent, 9e5)
  close(local!.worst, 0.1)
  assert.deepEqual(ffa!.seeds, [1, 2])
})

test('the report is a function of the records, not of their order', () => {
  const report = reportOf(records)
  assert.equal(reportOf([...records].reverse()), report)
  assert.equal(csvReport([...records].reverse()), csvReport(records))
  assert.match(
    report,
    /\| `ffa` FFA-LoRA, A frozen, mean of B \| own \| 62\.5 ± 31\.8 \| -10\.0 ± 0\.0 worse \| 10\.0 ± 0\.0 \|/,
  )
  assert.match(
    report,
    /`lorm` is beaten by none, tied with 0, better than 1, not yet told from 3 \(one seed\)/,
  )
  assert.match(report, /20\.0 \(worst site 10\.0\)/)
})

test('a row that differs by samples that happened to be drawn is tied, where records say which they were', () => {
  const all = new Array<number>(40).fill(1)
  const but = (...wrong: number[]): number[] => all.map((one, i) => (wrong.includes(i) ? 0 : one))
  const withRight = (method: string, seed: number, right: readonly number[]): RunRecord => {
    const record = recordOf(method, seed, [right.reduce((sum, one) => sum + one, 0) / 40])
    return { ...record, heads: { own: { ...record.heads.own!, right: packRight(right) } } }
  }
  const made = [1, 2, 3].flatMap((seed) => [withRight('ffa', seed, but(4)), withRight('lorm', seed, but())])
  const verdictOf = (all: readonly RunRecord[]): string =>
    summarise({ ...spec, tasks: 1 }, all)[0]!.rows.find(({ name }) => name === 'ffa')!.versus!.verdict
  assert.equal(verdictOf(made), 'tied')
  const without = made.map((one) => recordOf(one.method, one.seed, one.heads.own!.rounds))
  assert.equal(verdictOf(without), 'worse')
})

test('a report of no records says so', () => {
  assert.match(reportOf([]), /There is no record of `lorm`/)
})

test('the table of runs has a row for each run and head', () => {
  const [head, ...rows] = csvReport(records).trim().split('\n')
  assert.equal(rows.length, 7)
  assert.match(head!, /^method,head,split,seed,accuracy,forgetting,/)
  assert.ok(rows.some((row) => row.startsWith('lorm,analytic,0.5,1,0.8,')))
})

test('plots are drawn without a browser, the same bytes each time', async () => {
  const [summary] = summarise(spec, records)
  const charts = chartsOf(spec, summary!)
  const drawn = await drawCharts(charts)
  assert.deepEqual([...drawn.keys()], ['rounds-0.5.svg', 'bytes-0.5.svg'])
  for (const svg of drawn.values()) assert.match(svg, /^<svg [\s\S]*lorm[\s\S]*<\/svg>\n$/)
  assert.deepEqual(await drawCharts(charts), drawn)
})
