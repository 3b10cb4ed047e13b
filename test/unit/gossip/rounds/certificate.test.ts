import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateIdentity } from '../../../../src/gossip/index.ts'
import { encodeCertificate, openCertificate } from '../../../../src/gossip/rounds/certificate.ts'
import { cutDigest, encodeCut } from '../../../../src/gossip/rounds/cut.ts'
import { signRoundMessage } from '../../../../src/gossip/rounds/round-message.ts'
import type { Ballot } from '../../../../src/gossip/rounds/synod.ts'
import { FIRST_INCARNATION, type OpenedMessage } from '../../../../src/gossip/rounds/types.ts'
import { CONSORTIUM, sha256 } from '../../../helpers/gossip/contributions.ts'

const voters = await Promise.all([1, 2, 3, 4].map(() => generateIdentity()))
const stranger = await generateIdentity()
const acceptors = voters.map(({ peer }) => ({ peer, incarnation: FIRST_INCARNATION }))
const start = {
  round: 2,
  previous: sha256('before'),
  charter: sha256('charter'),
  acceptors,
  agenda: 'step 3',
}
const cut = encodeCut({ consortium: CONSORTIUM, ...start, contributions: [sha256('b'), sha256('a')] })
const open: Ballot = { number: 0, proposer: '' }
const later: Ballot = { number: 1, proposer: voters[0]!.peer }

function vote(
  voter: (typeof voters)[number],
  ballot: Ballot,
  other: { round?: number; incarnation?: string; cut?: string } = {},
): Promise<OpenedMessage> {
  const { round = start.round, incarnation = FIRST_INCARNATION, cut: digest = cutDigest(cut) } = other
  const word = { type: 'vote', ballot, cut: digest } as const
  const { previous } = start
  return signRoundMessage(
    { consortium: CONSORTIUM, round, previous, author: voter.peer, incarnation, word },
    voter,
  )
}

const [a, b, c, d] = voters as [typeof stranger, typeof stranger, typeof stranger, typeof stranger]
const votesOf = (ballot: Ballot, ...of: (typeof voters)[number][]): Promise<OpenedMessage[]> =>
  Promise.all(of.map((voter) => vote(voter, ballot)))
const opening = (votes: readonly OpenedMessage[]): Promise<unknown> =>
  openCertificate(encodeCertificate(cut, votes), CONSORTIUM, start)

test('all votes of ballot 0, or more than half of a later one, are a certificate', async () => {
  const certificate = await openCertificate(
    encodeCertificate(cut, await votesOf(later, a, b, c)),
    CONSORTIUM,
    start,
  )
  assert.deepEqual(certificate.cut.contributions, [sha256('a'), sha256('b')].sort())
  assert.equal(certificate.digest, cutDigest(cut))
  await opening(await votesOf(open, a, b, c, d))
})

test('anything less, or anybody else, is none', async () => {
  const two = await votesOf(later, a, b)
  const wrong: [string, readonly OpenedMessage[]][] = [
    ['no-quorum', []],
    ['no-quorum', two],
    ['no-quorum', await votesOf(open, a, b, c)],
    ['malformed', [...two, two[0]!]],
    ['malformed', [...two, await vote(stranger, later)]],
    ['malformed', [...two, await vote(c, open)]],
    ['malformed', [...two, await vote(c, later, { round: 3 })]],
    ['malformed', [...two, await vote(c, later, { incarnation: 'f'.repeat(16) })]],
    ['malformed', [...two, await vote(c, later, { cut: sha256('another') })]],
  ]
  for (const [reason, votes] of wrong) await assert.rejects(opening(votes), { reason })
})

test('the certificate of another round, or of another past, is refused by name', async () => {
  const bytes = encodeCertificate(cut, await votesOf(later, a, b, c))
  for (const other of [
    { ...start, round: 3 },
    { ...start, previous: null },
  ]) {
    await assert.rejects(openCertificate(bytes, CONSORTIUM, other), { reason: 'wrong-round' })
  }
})
