import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeAnnouncement } from '../../../../src/gossip/announce/announcement.ts'
import type { MergeScores } from '../../../../src/gossip/index.ts'
import { tagOfTask } from '../../../../src/gossip/receipts/merge-scores.ts'
import { signReceipt } from '../../../../src/gossip/receipts/receipt.ts'
import { Besieged } from '../../../helpers/gossip/besieged.ts'
import { CONSORTIUM, sha256 } from '../../../helpers/gossip/contributions.ts'
import type { TestNode } from '../../../helpers/gossip/swarm.ts'
import { waitFor } from '../../../helpers/gossip/wait-for.ts'

const HOLDING = { merge: sha256('merge'), cut: sha256('cut'), ledger: null, charter: sha256('charter'), kernel: 1, contributions: 3 } // prettier-ignore

function scores(correct: number, count: number): MergeScores {
  return {
    merge: HOLDING.merge,
    tasks: [{ task: tagOfTask(null), correct, count, endCorrect: 1, endCount: 1 }],
  }
}

function heardOf(reader: TestNode, peer: string): number | undefined {
  return reader.network.receipts().get(peer)?.receipt.scores?.tasks[0]?.correct
}

/** Defences: isPossible; a receipt is its speaker's own; the greatest counter counts. */
test('scores that cannot be, of another member, or played again change nothing of what was said before', async () => {
  await using siege = await Besieged.start()
  const { reader, honest, attacker, attackerIdentity: liar } = siege
  honest.network.holds({ ...HOLDING, scores: scores(5, 9) }, new Map())
  const sign = (who: typeof liar, counter: number, said: MergeScores): Promise<Uint8Array> =>
    signReceipt(who, CONSORTIUM, counter, { ...HOLDING, scores: said }, new Map())
  const gossip = (receipt: Uint8Array): Promise<void> => attacker.gossip(encodeAnnouncement({ type: 'receipt', receipt })) // prettier-ignore
  const refused = (reason: string): number => reader.network.counters.refusals().get(reason) ?? 0

  const first = await sign(liar, 5, scores(2, 4))
  const [impossible, forged, old] = [
    await sign(liar, 7, scores(9, 4)),
    await sign(honest.identity, Number.MAX_SAFE_INTEGER, scores(0, 900)),
    await sign(liar, 4, scores(4, 4)),
  ]
  await waitFor('the first word of the liar is heard', async () => {
    await gossip(first)
    return heardOf(reader, liar.peer) === 2
  })
  await waitFor('the honest one is heard', () => heardOf(reader, honest.network.peer) === 5)
  await waitFor('what cannot be is refused', async () => {
    await gossip(impossible)
    return refused('malformed') > 0
  })
  await gossip(old)
  await waitFor('the word of another is refused', async () => {
    await gossip(forged)
    return refused('wrong-content') > 0
  })
  assert.deepEqual([heardOf(reader, liar.peer), heardOf(reader, honest.network.peer)], [2, 5])
  await siege.stillWork()
})
