import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atHome } from '../../../../src/node/experiment/report/at-home.ts'
import type { RunRecord, Trajectory } from '../../../../src/node/experiment/types.ts'

const trajectory = (...home: number[]): Trajectory => ({ rounds: [0.5], tasks: [[0.5]], ...(home.length > 0 && { home }) }) // prettier-ignore
function record(method: string, seed: number, heads: RunRecord['heads']): RunRecord {
  const bytes = { total: 0, round: 0, adapter: 0, statistics: 0, lifted: 0 }
  const ms = { train: 0, measure: 0, merge: 0, evaluate: 0, lifted: 0, wall: 0 }
  return { v: 1, id: `${method} ${seed}`, method, split: 'domain', seed, heads, bytes, ms }
}

test('models at home: mean, worst site, and site by site against the best way of being alone', () => {
  const rows = atHome([
    record('local', 1, { own: trajectory(0.1, 0.1) }),
    record('local', 2, { own: trajectory(0.1, 0.1) }),
    record('local+started', 1, { own: trajectory(0.5, 0.9), analytic: trajectory(0.4, 0.8) }),
    record('local+started', 2, { own: trajectory(0.6, 0.8), analytic: trajectory(0.4, 0.8) }),
    record('fedalt', 1, { own: trajectory(0.8, 0.8) }),
    record('fedalt', 2, { own: trajectory(0.7, 0.8) }),
  ])
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
  assert.deepEqual(atHome([record('fedavg', 1, { own: trajectory(0.5) })])[0]!.gains, [])
})
