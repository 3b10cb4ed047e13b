import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RoundStatus } from '../../../../src/gossip/index.ts'
import { RoundBook } from '../../../../src/gossip/rounds/round-book.ts'
import { statusOfRound } from '../../../../src/gossip/rounds/round-status.ts'
import { FIRST_INCARNATION } from '../../../../src/gossip/rounds/types.ts'
import { describeRound } from '../../../../src/node/status/round-text.ts'
import { sha256 } from '../../../helpers/gossip/contributions.ts'

interface Seen {
  readonly connected?: readonly string[]
  readonly held?: readonly string[]
  readonly agenda?: string | null
  readonly incarnation?: string
}

/** Of the first of these members. */
function status(members: readonly string[], seen: Seen): RoundStatus {
  const { connected = members, held = members, agenda = 'step 8', incarnation = FIRST_INCARNATION } = seen
  const acceptors = members.map((peer) => ({ peer, incarnation: FIRST_INCARNATION }))
  const start = { round: 7, previous: sha256('6'), charter: sha256('charter'), acceptors, agenda: 'step 7' }
  return statusOfRound({
    self: members[0]!,
    incarnation,
    book: new RoundBook(start),
    held: new Map(held.map((peer) => [peer, sha256(peer)])),
    agenda,
    underWayMs: 125_000,
    isConnected: (peer) => connected.includes(peer),
  })
}

const THREE = ['mill', 'press', 'forge']
const cases: [what: string, status: RoundStatus, line: RegExp][] = [
  ['idle', status(THREE, { agenda: null }), /^round 7 \(step 7\) for 2 min: nothing is to follow it yet$/],
  ['contributing', status(THREE, { held: ['mill'] }), /waits for contributions of forge, press$/],
  ['voting', status(THREE, {}), /waits for votes of forge, mill, press$/],
  ['no-majority', status(THREE, { connected: [] }), /1 of 3 members that vote is there, 2 must: forge, press are missing; nothing is lost, and the round goes on when so many are back$/],
  ['no-majority', status(['mill', 'press'], { connected: [] }), /with two members that vote both must be there: press is missing; nothing is lost/],
  ['forgotten', status(['mill', 'press'], { incarnation: 'f'.repeat(16) }), /mill may not vote in it, restored from a copy .*; of two members both must vote, so that it cannot be decided any more. What was decided before stays$/],
] // prettier-ignore

for (const [phase, of, line] of cases) {
  test(`${phase}, of ${of.acceptors.length}: says for whom and what is lost`, () => {
    assert.equal(of.phase, phase)
    assert.match(
      describeRound(of, (peer) => peer),
      line,
    )
  })
}

test('a minority that has forgotten, or is away, stops nobody', () => {
  const { phase, missing, able, hasMajority } = status(THREE, { incarnation: 'f'.repeat(16) })
  assert.deepEqual([phase, missing, able, hasMajority], ['voting', ['mill'], 2, true])
  assert.equal(status(THREE, { connected: ['press'] }).phase, 'voting')
})
