import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeAnnouncement } from '../../../../src/gossip/announce/announcement.ts'
import { STATEMENT_DOMAIN } from '../../../../src/gossip/constants.ts'
import { actionToWire } from '../../../../src/gossip/ledger/action-codec.ts'
import { signUnder } from '../../../../src/gossip/wire/signature.ts'
import { encodeSigned } from '../../../../src/gossip/wire/signed-bytes.ts'
import { encodeWire } from '../../../../src/gossip/wire/wire.ts'
import { decodeEnvelope, encodeEnvelope, standingOf, type Identity } from '../../../../src/gossip/index.ts'
import { Attacker } from '../../../helpers/gossip/attacker.ts'
import { CHARTER, makeContribution } from '../../../helpers/gossip/contributions.ts'
import { LedgerSwarm } from '../../../helpers/gossip/ledger-swarm.ts'
import { allConnected, allHold, publish } from '../../../helpers/gossip/swarm.ts'
import { waitFor } from '../../../helpers/gossip/wait-for.ts'

const fields = { consortium: CHARTER }

/** The same but for one byte of the header, and still an envelope. */
function altered(envelope: Uint8Array): Uint8Array {
  const { header, signature } = decodeEnvelope(envelope)
  const other = header.slice()
  const masked = Buffer.from(other).indexOf(Buffer.from('fmasked')) + 7 // dag-cbor: a text of six letters, then false
  assert.equal(other[masked], 0xf4)
  other[masked] = 0xf5
  return encodeEnvelope({ header: other, signature })
}

/** As the ledger signs it, but without any look at the proof. */
async function accuse(liar: Identity, first: Uint8Array, second: Uint8Array): Promise<Uint8Array> {
  const action = actionToWire({ type: 'equivocation', first, second })
  const said = { v: 1, consortium: CHARTER, author: liar.peer, parents: new Uint8Array(0), action }
  const content = encodeWire('accusation', said, 100_000)
  const signature = await signUnder(STATEMENT_DOMAIN, content, liar)
  return encodeSigned('accusation', { content, signature }, 100_000)
}

/** Defence: a proof is two signatures of one peer under one number, and openProof looks at all of it. */
test('who is framed with forged, repeated or unrelated proofs stays in good standing, and all go on', async () => {
  await using swarm = await LedgerSwarm.of(7)
  const [first, second, ...liars] = swarm.founders as [Identity, Identity, ...Identity[]]
  const honest = await swarm.ledgerNode(first)
  const reader = await swarm.ledgerNode(second)
  await allConnected([honest, reader])
  const [older, newer] = [
    await makeContribution(first, { sequence: 1, fields }),
    await makeContribution(first, { sequence: 2, fields }),
  ]
  for (const contribution of [older, newer]) await publish(honest, contribution)
  await allHold([honest, reader], [older.id, newer.id])

  const { envelope } = older
  const proofs: [reason: string, first: Uint8Array, second: Uint8Array][] = [
    ['bad-signature', envelope, altered(envelope)],
    ['bad-signature', altered(envelope), envelope],
    ['malformed', envelope, newer.envelope],
    ['malformed', newer.envelope, envelope],
    ['malformed', envelope, envelope],
  ]
  for (const [i, [reason, one, other]] of proofs.entries()) {
    const liar = liars[i]! // another one each time, as gossip soon listens no more to one that is refused
    await using attacker = await Attacker.start(liar, { consortium: CHARTER })
    await attacker.connect(reader)
    await attacker.claimToHold(envelope) // an older one, said again
    const statement = await accuse(liar, one, other)
    await attacker.gossip(encodeAnnouncement({ type: 'statement', statement }))
    await waitFor(`proof ${i} is refused for ${reason}`, () =>
      reader.rejected.some((refused) => refused.from === liar.peer && refused.reason === reason),
    )
  }

  const last = [
    await makeContribution(first, { sequence: 3, fields }),
    await makeContribution(second, { sequence: 1, fields }),
  ] as const
  await publish(honest, last[0])
  await publish(reader, last[1])
  await allHold(
    [honest, reader],
    [older, newer, ...last].map(({ id }) => id),
  )
  for (const { ledger } of [honest, reader]) {
    assert.equal(ledger.state.equivocations.size, 0)
    assert.equal(ledger.state.statements, 0)
    for (const { header } of [older, newer, last[0]]) assert.equal(standingOf(ledger.state, header), 'counts')
  }
  assert.ok(reader.rejected.every(({ from }) => from !== first.peer))
})
