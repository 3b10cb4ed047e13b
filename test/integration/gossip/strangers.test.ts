import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CHUNK_PROTOCOL, SYNC_PROTOCOL } from '../../../src/gossip/constants.ts'
import { encodeChunkRequest } from '../../../src/gossip/blocks/chunk-messages.ts'
import { encodeSyncRequest } from '../../../src/gossip/sync/sync-messages.ts'
import { frame } from '../../helpers/gossip/frame.ts'
import { Attacker } from '../../helpers/gossip/attacker.ts'
import { makeContribution } from '../../helpers/gossip/contributions.ts'
import { allConnected, allHold, publish, Swarm } from '../../helpers/gossip/swarm.ts'
import { waitFor } from '../../helpers/gossip/wait-for.ts'

test('who is no member is let in nowhere: no connection, no gossip, no fetch', async () => {
  await using swarm = new Swarm()
  const nodes = await swarm.star(2)
  await allConnected(nodes)
  const contribution = await makeContribution(nodes[0]!.identity)
  await publish(nodes[0]!, contribution)
  await allHold(nodes, [contribution.id])

  await using stranger = await Attacker.start(await swarm.identity(false))
  let heard = 0
  stranger.host.services.pubsub.addEventListener('message', () => heard++)
  await stranger.connect(nodes[0]!).catch(() => undefined) // whether the dial itself succeeds is a race
  await waitFor('the stranger is put out', () => stranger.host.getConnections().length === 0)
  for (const { network } of nodes) {
    assert.deepEqual(
      network.connections().filter(({ peer }) => !swarm.members.has(peer)),
      [],
    )
  }
  const attempt = stranger.say(
    nodes[0]!,
    CHUNK_PROTOCOL,
    frame(
      encodeChunkRequest({
        type: 'chunk',
        id: contribution.id,
        digest: contribution.header.payload.chunks[0]!,
        offset: 0,
      }),
    ),
  )
  await assert.rejects(attempt, /not connected/)
  assert.equal(heard, 0)
})

test('a member who is removed is hung up on and kept out', async () => {
  await using swarm = new Swarm()
  const [first, second, third] = await swarm.star(3)
  await allConnected([first!, second!, third!])
  swarm.members.delete(third!.network.peer)
  await Promise.all([first!, second!].map(({ network }) => network.reviewMembership()))
  await waitFor('the removed member is alone', () => third!.network.connections().length === 0)
  const contribution = await makeContribution(second!.identity)
  await publish(second!, contribution)
  await allHold([first!, second!], [contribution.id])
  assert.equal(third!.store.envelopes.size, 0)
})

test('a contribution of someone who is no member is refused, whoever brings it', async () => {
  await using swarm = new Swarm()
  const reader = await swarm.node()
  await using bearer = await Attacker.start(await swarm.identity())
  await bearer.connect(reader)
  const { envelope, id } = await makeContribution(await swarm.identity(false))
  await bearer.claimToHold(envelope)
  await waitFor('it is refused', () => reader.rejected.length > 0)
  assert.deepEqual(reader.rejected, [{ id, reason: 'not-a-member', from: bearer.host.peerId.toString() }])
  assert.equal(reader.store.envelopes.size, 0)
})

test('a member of another consortium is told so', async () => {
  await using swarm = new Swarm()
  const reader = await swarm.node()
  await using other = await Attacker.start(await swarm.identity())
  await other.connect(reader)
  const greeting = {
    sets: [],
    addresses: [],
    peers: [],
    yourSequence: 0,
    ledgerHead: null,
    heard: 0,
    receipt: new Uint8Array(0),
  }
  const nonce = new Uint8Array(16)
  const request = encodeSyncRequest({ type: 'hello', consortium: 'another', nonce, greeting })
  const reply = await other.say(reader, SYNC_PROTOCOL, frame(request))
  assert.match(Buffer.from(reply).toString('latin1'), /wrong-consortium/)
})
