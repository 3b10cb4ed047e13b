import '../../../src/polyfill.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PeerLine } from '../../../src/node/demo/peer-process.ts'
import type { MergeSummary } from '../../../src/node/types.ts'
import { DEADLINE_MS, TestConsortium } from '../../helpers/node/consortium.ts'
import { waitFor } from '../../helpers/wait-for.ts'

/** Waits until both have one and the same merge, of both. */
function sameMerge(
  consortium: TestConsortium,
  isNew: (merge: MergeSummary) => boolean,
): Promise<MergeSummary> {
  return waitFor('both hold one merge of both', DEADLINE_MS, async () => {
    const [a, b] = await Promise.all([consortium.status('anvil'), consortium.status('birch')])
    const isOne = a.merge !== null && a.merge.digest === b.merge?.digest
    return isOne && a.merge.contributors.length === 2 && isNew(a.merge) ? a.merge : undefined
  })
}

/** The first merge that a node has told of after `earlier`, of this one member alone; `started` is its first line. */
async function mergedAfter(
  consortium: TestConsortium,
  name: string,
  earlier: string,
  alone: string,
): Promise<void> {
  let isAfter = false
  await consortium.said(name, (one: PeerLine) => {
    if (one.type === 'started') isAfter = false
    if (one.type !== 'merged') return false
    if (one.digest === earlier) isAfter = true
    return isAfter && one.contributors.join() === alone
  })
}

test(
  'what is withdrawn leaves every merge, and what comes later counts again',
  { timeout: 4 * DEADLINE_MS },
  async () => {
    await using consortium = await TestConsortium.open()
    const { peer: anvil } = await consortium.create('anvil', { join: 'ticket' })
    await consortium.run('anvil')
    await consortium.join('birch', await consortium.ticket('anvil'))
    await consortium.run('birch')
    const before = await sameMerge(consortium, () => true)

    const first = await consortium.said('birch', ({ type }) => type === 'published')
    assert.ok(first.type === 'published' && before.cut.includes(first.id))

    await consortium.do('birch', { command: 'withdraw' })
    // of how many of anvil's contributions depends on the moment; the next merge of both is one again
    await Promise.all(['anvil', 'birch'].map((name) => mergedAfter(consortium, name, before.digest, anvil)))
    const after = await sameMerge(consortium, ({ digest }) => digest !== before.digest)
    assert.ok(!after.cut.includes(first.id))
  },
)
