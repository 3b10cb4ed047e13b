import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replayLine, runSeed } from '../../simulation/run-seed.ts'

const SEEDS = 30
const failures: string[] = []
process.on('unhandledRejection', (reason) => failures.push(`unhandled rejection: ${String(reason)}`))

test(`${SEEDS} seeds: whatever befalls the network, honest nodes end with the same set and nothing of theirs is lost`, async () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const { violations } = await runSeed(String(seed))
    assert.deepEqual(
      [...violations, ...failures],
      [],
      `${replayLine(String(seed))}\n${violations.join('\n')}`,
    )
  }
})

test('a seed has one history', async () => {
  const [first, again, other] = [await runSeed('7'), await runSeed('7'), await runSeed('8')]
  assert.equal(again.history, first.history)
  assert.equal(again.events, first.events)
  assert.notEqual(other.history, first.history)
})
