import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LogWatch } from '../../../../src/node/dashboard/log-watch.ts'
import type { TimelineEntry } from '../../../../src/node/dashboard/wire.ts'
import { held, logFixture } from '../audit/chain-fixture.ts'

const served = (peer: string, bytes: number) =>
  ({
    kind: 'payload-served',
    facts: { id: 'a'.repeat(64), peer, name: `site ${peer}`, chunks: 1, bytes },
  }) as const
const admitted = (sequence: number) =>
  ({
    kind: 'contribution-admitted',
    facts: { id: 'b'.repeat(64), peer: 'p', name: 'mill', sequence },
  }) as const

test('says what has left, tells once what was before, and reads again only what has grown, and seldom', async () => {
  await using log = await logFixture()
  const told: (readonly Omit<TimelineEntry, 'n'>[])[] = []
  let now = 0
  const watch = new LogWatch({ file: log.file, startedAt: Infinity, now: () => now, onEarlier: (earlier) => told.push(earlier) }) // prettier-ignore
  await watch.look()
  assert.equal(watch.summary, null, 'there is no log yet')
  await log.run([admitted(3), served('p', 700), served('q', 900), held('c')])
  await watch.look()
  assert.equal(watch.summary, null, 'it is not time yet')
  now = 15_000
  await watch.look()
  const { sentBytes, recipientCount, recipients, entries, problem } = watch.summary!
  assert.deepEqual([sentBytes, recipientCount, entries, problem], [1600, 2, 5, null])
  assert.deepEqual(recipients.slice(0, 2).map(({ name, bytes }) => [name, bytes]), [['site q', 900], ['site p', 700]]) // prettier-ignore
  assert.deepEqual(told.map((earlier) => earlier.map(({ kind, text }) => `${kind}: ${text}`)), [["contribution: mill's contribution 3 is here"]]) // prettier-ignore
  await log.run([served('p', 100), admitted(4)])
  now = 1e9
  await watch.look()
  assert.equal(watch.summary!.sentBytes, 1700)
  assert.equal(told.length, 1)
  const before = watch.summary
  now = 2e9
  await watch.look()
  assert.equal(watch.summary, before, 'it has not grown')
})
