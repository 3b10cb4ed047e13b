import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RoundWorld } from '../../simulation/rounds/round-world.ts'

const SEEDS = 2_000
/** Seeds below belong to the quick test. */
const FIRST = 1_000

test(`${SEEDS} seeds of rounds under crashes, set-backs, partitions, losses, repeats and delays`, async (t) => {
  const failed: string[] = []
  let rounds = 0
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    const report = await RoundWorld.run(String(seed))
    rounds += report.rounds
    if (report.violations.length > 0) failed.push(`seed ${seed}: ${report.violations[0]}`)
  }
  t.diagnostic(`${rounds} rounds`)
  assert.deepEqual(failed, [])
})
