import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atHome, type HomeTable } from '../../../../src/node/experiment/report/at-home.ts'
import { ticketsOf } from '../../../../src/node/experiment/report/tickets.ts'
import type { RunRecord, Trajectory } from '../../../../src/node/experiment/types.ts'

const trajectory = (...home: number[]): Trajectory => ({ rounds: [0.5], tasks: [[0.5]], ...(home.length > 0 && { home }) }) // prettier-ignore
function record(method: string, seed: number, heads: RunRecord['heads']): RunRecord {
  const bytes = { total: 0, round: 0, adapter: 0, statistics: 0, lifted: 0 }
  const ms = { train: 0, measure: 0, merge: 0, solve: 0, evaluate: 0, lifted: 0, wall: 0 }
  return { v: 1, id: `${method} ${seed}`, method, split: 'domain', seed, heads, bytes, ms }
}

test('models at home: mean, worst site, and site by site against the best way of being alone', () => {
  const [{ measure, rows }, ...others] = atHome([
    record('local', 1, { own: trajectory(0.1, 0.1) }),
    record('local', 2, { own: trajectory(0.1, 0.1) }),
    record('local+started', 1, { own: trajectory(0.5, 0.9), analytic: trajectory(0.4, 0.8) }),
    record('local+started', 2, { own: trajectory(0.6, 0.8), analytic: trajectory(0.4, 0.8) }),
    record('fedalt', 1, { own: trajectory(0.8, 0.8) }),
    record('fedalt', 2, { own: trajectory(0.7, 0.8) }),
  ]) as [HomeTable]
  assert.deepEqual([measure, others], ['home', []])
  const best = rows[0]!
  assert.deepEqual([best.method, best.head, best.gains.length], ['fedalt', 'own', 2])
  const close = (found: number, expected: number): void => assert.ok(Math.abs(found - expected) < 1e-12, `${found}`) // prettier-ignore
  close(best.mean.mean, 0.775)
  close(best.worst.mean, 0.75)
  close(best.gains[0]!.difference.mean, 0.2)
  close(best.gains[1]!.difference.mean, -0.05)
  assert.deepEqual(rows.map(({ method, head }) => `${method}:${head}`), ['fedalt:own', 'local+started:own', 'local+started:analytic', 'local:own']) // prettier-ignore
})

test('nothing is told where the data do not say what is like a site’s own, and no gain where no site was alone', () => {
  assert.deepEqual(atHome([record('fedavg', 1, { own: trajectory() })]), [])
  assert.deepEqual(atHome([record('fedavg', 1, { own: trajectory(0.5) })])[0]!.rows[0]!.gains, [])
})

test('of two classes there is a table a measure, each against the best way of being alone by that measure', () => {
  const both = (home: number, balanced: number, auc: number): Trajectory => ({ ...trajectory(home), balanced: [balanced], auc: [auc] }) // prettier-ignore
  const tables = atHome([
    record('local', 1, { own: both(0.9, 0.5, 0.6), analytic: both(0.8, 0.7, 0.5) }),
    record('fedavg', 1, { own: both(0.95, 0.8, 0.65) }),
  ])
  assert.deepEqual(tables.map(({ measure }) => measure), ['home', 'balanced', 'auc']) // prettier-ignore
  const gain = (table: HomeTable): number => table.rows.find(({ method }) => method === 'fedavg')!.gains[0]!.difference.mean // prettier-ignore
  assert.deepEqual(tables.map((table) => Math.round(100 * gain(table))), [5, 10, 5]) // prettier-ignore
})

test('tickets: FedSelect by the share that became personal', () => {
  const ticket = (method: string, seed: number, personal: number, ...home: number[]): RunRecord => ({ ...record(method, seed, { own: trajectory(...home) }), personal }) // prettier-ignore
  const found = ticketsOf([
    ticket('fedselect', 1, 0.4, 0.8, 0.6),
    ticket('fedselect', 2, 0.5, 0.6, 0.6),
    ticket('fedselect-each+random', 1, 0.1, 0.5, 0.7),
    record('fedavg', 1, { own: trajectory(0.9, 0.9) }),
  ])
  assert.deepEqual(found.map(({ method, atRandom }) => [method, atRandom]), [['fedselect-each+random', true], ['fedselect', false]]) // prettier-ignore
  assert.deepEqual(found.map(({ personal, home }) => [personal, home.mean].map((value) => Math.round(100 * value))), [[10, 60], [45, 65]]) // prettier-ignore
})
