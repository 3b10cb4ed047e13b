import assert from 'node:assert/strict'
import { test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { askAdmission, askWelcome } from '../../../src/gossip/admission/ask-admission.ts'
import { encodeAdmissionRequest } from '../../../src/gossip/admission/admission-messages.ts'
import {
  ADMISSION_PROTOCOL,
  CHUNK_PROTOCOL,
  SYNC_PROTOCOL,
  MAX_STRANGERS_PER_ADDRESS,
  STRANGER_PROOF_MS,
} from '../../../src/gossip/constants.ts'
import { encodeChunkRequest } from '../../../src/gossip/blocks/chunk-messages.ts'
import { openAskingHost, type AskingHost } from '../../../src/gossip/host/asking-host.ts'
import { generateIdentity, type Identity } from '../../../src/gossip/identity.ts'
import { Attacker } from '../../helpers/gossip/attacker.ts'
import { makeContribution } from '../../helpers/gossip/contributions.ts'
import { frame } from '../../helpers/gossip/frame.ts'
import {
  deskOf,
  DESK_CONSORTIUM,
  makeAsk,
  makeTicket,
  type TestDesk,
} from '../../helpers/gossip/front-desk.ts'
import { allConnected, allHold, publish, Swarm, type TestNode } from '../../helpers/gossip/swarm.ts'
import { waitFor } from '../../helpers/gossip/wait-for.ts'

interface Door extends TestDesk {
  readonly node: TestNode
}

/** A member with a desk, whose members are those of its ledger and of the swarm. */
async function openDoor(swarm: Swarm, policy: 'accept' | 'ticket' = 'ticket'): Promise<Door> {
  const identity = await swarm.identity()
  const genesis = { consortium: DESK_CONSORTIUM, members: [{ id: identity.peer, name: 'founder' }] }
  const desk = await deskOf(genesis, identity, { policy, now: Date.now })
  const isMember = (peer: string): boolean => swarm.members.has(peer) || desk.ledger.state.members.has(peer)
  const node = await swarm.node({ identity, admission: desk.desk, isMember })
  return { ...desk, node }
}

async function asking(identity: Identity, job: (host: AskingHost) => Promise<void>): Promise<void> {
  await using host = await openAskingHost({ identity, networkKey: null, signal: AbortSignal.timeout(30_000) })
  await job(host)
}

const hour = (): number => Math.floor(Date.now() / 1000) + 3600

test('a stranger with a ticket reads the charter, asks, and has the ledger that makes it a member', async () => {
  await using swarm = new Swarm()
  const door = await openDoor(swarm)
  const newcomer = await generateIdentity()
  const addresses = door.node.network.addresses()
  const ticket = await makeTicket(door.identity, { addresses, expires: hour() })
  await asking(newcomer, async (host) => {
    assert.equal((await askWelcome(host, ticket)).member, 'founder')
    const statements = await askAdmission(host, addresses, await makeAsk(newcomer, ticket))
    assert.equal(statements?.length, 1)
  })
  assert.ok(door.ledger.state.members.has(newcomer.peer))
})

test('a stranger hears no’s reason, also where nothing that it says can be read', async () => {
  await using swarm = new Swarm()
  const door = await openDoor(swarm)
  const newcomer = await generateIdentity()
  const addresses = door.node.network.addresses()
  const expired = await makeTicket(door.identity, { addresses, expires: 0 })
  const refusal = { code: 'ERR_NOT_ADMITTED', reason: 'expired' }
  await asking(newcomer, async (host) => assert.rejects(askWelcome(host, expired), refusal))
  await using garbler = await Attacker.start(await generateIdentity())
  await garbler.connect(door.node)
  const reply = await garbler.say(door.node, ADMISSION_PROTOCOL, frame(Uint8Array.of(1, 2, 3)))
  assert.match(Buffer.from(reply).toString('latin1'), /malformed/)
})

test('a stranger that is connected speaks nothing but admission: no chunks, no inventory, no gossip either way', async () => {
  await using swarm = new Swarm()
  const door = await openDoor(swarm)
  const contribution = await makeContribution(door.identity)
  await publish(door.node, contribution)
  await using stranger = await Attacker.start(await generateIdentity())
  await stranger.connect(door.node)
  await waitFor('the stranger stays', () => stranger.host.getConnections().length === 1)

  const chunk = frame(
    encodeChunkRequest({
      type: 'chunk',
      id: contribution.id,
      digest: contribution.header.payload.chunks[0]!,
      offset: 0,
    }),
  )
  assert.equal((await stranger.say(door.node, CHUNK_PROTOCOL, chunk)).length, 0)
  assert.equal((await stranger.say(door.node, SYNC_PROTOCOL, frame(Uint8Array.of(0xa0)))).length, 0)
  const { pubsub } = stranger.host.services
  for (const protocol of pubsub.protocols) {
    await stranger.say(door.node, protocol, Buffer.alloc(64)).catch(() => undefined)
  }
  const more = await makeContribution(door.identity, { sequence: 2 })
  await publish(door.node, more)
  assert.deepEqual(pubsub.getSubscribers(pubsub.getTopics()[0]!), [], 'it was told of no subscription')
  assert.deepEqual(door.node.network.connections(), [], 'it counts as nobody')
  const ask = { type: 'hello', ticket: Uint8Array.of(1) } as const
  const reply = await stranger.say(door.node, ADMISSION_PROTOCOL, frame(encodeAdmissionRequest(ask)))
  assert.match(Buffer.from(reply).toString('latin1'), /refused/, 'the connection was alive all the time')
  await waitFor('it is hung up on after its answer', () => stranger.host.getConnections().length === 0)
})

test('strangers take no more places than there are, and members are none the worse', async () => {
  await using swarm = new Swarm()
  const door = await openDoor(swarm)
  const crowd = await Promise.all(Array.from({ length: 3 * MAX_STRANGERS_PER_ADDRESS }, async () => Attacker.start(await generateIdentity()))) // prettier-ignore
  const connected = (): number => crowd.filter(({ host }) => host.getConnections().length > 0).length
  await Promise.all(crowd.map((one) => one.connect(door.node).catch(() => undefined)))
  await waitFor(
    'the surplus is put out, long before anybody’s time is over',
    () => connected() <= MAX_STRANGERS_PER_ADDRESS,
    STRANGER_PROOF_MS / 2,
  )

  const member = await swarm.node({ bootstrap: door.node.network.addresses() })
  await allConnected([door.node, member])
  const contribution = await makeContribution(door.identity)
  await publish(door.node, contribution)
  await allHold([door.node, member], [contribution.id])
  await Promise.all(crowd.map((one) => one[Symbol.asyncDispose]()))
})

test('a member is let in with its old connections closed, and is a member like any other when it comes again', async () => {
  await using swarm = new Swarm()
  const door = await openDoor(swarm)
  const newcomer = await generateIdentity()
  await using stranger = await Attacker.start(newcomer)
  await stranger.host.dial(multiaddr(door.node.network.addresses()[0]))
  const ticket = await makeTicket(door.identity, { addresses: [], expires: hour() })
  const request = frame(encodeAdmissionRequest(await makeAsk(newcomer, ticket)))
  const reply = await stranger.say(door.node, ADMISSION_PROTOCOL, request)
  assert.match(Buffer.from(reply).toString('latin1'), /admitted/)
  await waitFor('the stranger is hung up on', () => stranger.host.getConnections().length === 0)
  await stranger[Symbol.asyncDispose]()
  const isMember = (peer: string): boolean => peer === door.identity.peer || peer === newcomer.peer
  const member = await swarm.node({ identity: newcomer, isMember, bootstrap: door.node.network.addresses() })
  await allConnected([door.node, member])
})
