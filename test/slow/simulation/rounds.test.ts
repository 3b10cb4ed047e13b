import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RoundWorld } from '../../simulation/rounds/round-world.ts'

const SEEDS = 2_000
/** Seeds below belong to the quick test. */
const FIRST = 1_000
/** Virtual time of trouble, half of what the quick test has: some ten rounds, and the whole takes minutes. */
const TROUBLE_MS = 150_000

test(`${SEEDS} seeds of rounds under crashes, set-backs, partitions, losses, repeats and delays`, async (t) => {
  const failed: string[] = []
  let [rounds, passes, idle] = [0, 0, 0]
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    const report = await RoundWorld.run(String(seed), { troubleMs: TROUBLE_MS })
    rounds += report.rounds
    passes += report.passes
    idle += report.idle
    if (report.violations.length > 0) failed.push(`seed ${seed}: ${report.violations[0]}`)
  }
  t.diagnostic(`${rounds} rounds, ${idle} of them idle for a while, ${passes} passes`)
  assert.deepEqual(failed, [])
})
