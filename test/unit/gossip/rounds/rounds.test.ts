import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RoundWorld } from '../../../simulation/rounds/round-world.ts'

const SEEDS = 12

test(`${SEEDS} seeds of rounds: never two cuts for one, and all come to the same once they can`, async (t) => {
  let [rounds, partial] = [0, 0]
  for (let seed = 0; seed < SEEDS; seed++) {
    const report = await RoundWorld.run(String(seed))
    assert.deepEqual(report.violations, [], `seed ${seed}`)
    rounds += report.rounds
    partial += report.partial
  }
  t.diagnostic(`${rounds} rounds, ${partial} of them without somebody`)
  assert.ok(partial > 0 && partial < rounds)
})

test('a seed has one history', async () => {
  const [one, other] = [await RoundWorld.run('7'), await RoundWorld.run('7')]
  assert.equal(one.digest, other.digest)
})

test('a node that has forgotten finds it out by what others have heard of it', async () => {
  const { violations } = await RoundWorld.run('12', { forgets: 'noticed' })
  assert.match(violations.join('\n'), /has forgotten/)
  assert.doesNotMatch(violations.join('\n'), /contradicts itself/)
})

test('a node that votes on after it has forgotten is found out by the others', async () => {
  const { violations } = await RoundWorld.run('34', { forgets: 'unnoticed' })
  assert.match(violations.join('\n'), /contradicts itself/)
})
