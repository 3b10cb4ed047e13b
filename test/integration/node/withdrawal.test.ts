import '../../../src/polyfill.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
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

test(
  'what is withdrawn leaves every merge, and what comes later counts again',
  { timeout: 4 * DEADLINE_MS },
  async () => {
    await using consortium = await TestConsortium.open()
    await consortium.create('anvil', { join: 'ticket' })
    await consortium.run('anvil')
    await consortium.join('birch', await consortium.ticket('anvil'))
    await consortium.run('birch')
    const before = await sameMerge(consortium, () => true)

    const first = await consortium.said('birch', ({ type }) => type === 'published')
    assert.ok(first.type === 'published' && before.cut.includes(first.id))

    await consortium.do('birch', { command: 'withdraw' })
    // each trains once: a merge of both again, without the first, has what birch has made anew
    await sameMerge(consortium, ({ cut }) => !cut.includes(first.id))
    for (const name of ['anvil', 'birch'])
      await consortium.said(name, (line) => line.type === 'statement' && line.action === 'withdraw')
  },
)
