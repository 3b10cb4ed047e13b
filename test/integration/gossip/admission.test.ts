import assert from 'node:assert/strict'
import { test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { askAdmission, askWelcome, NotAdmittedError } from '../../../src/gossip/admission/ask-admission.ts'
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
  meet,
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

test('who made a ticket and cannot be dialled hears of who asks elsewhere with it; its word reaches the newcomer', async () => {
  await using swarm = new Swarm()
  const [relay, issuer] = await openDoors(swarm)
  const addresses = relay.node.network.addresses()
  const ticket = await makeTicket(issuer.identity, { addresses, expires: hour(), uses: 2 })
  const [welcome, unwelcome] = [await generateIdentity(), await generateIdentity()]
  const ask = async (newcomer: Identity, name: string): Promise<unknown> => {
    await using host = await openAskingHost({ identity: newcomer, networkKey: null, signal: AbortSignal.timeout(30_000) }) // prettier-ignore
    const request = await makeAsk(newcomer, ticket, { name })
    return await askAdmission(host, addresses, request).catch((error: unknown) => error)
  }
  assert.equal(await ask(welcome, 'welcome'), null)
  assert.equal(await ask(unwelcome, 'unwelcome'), null)
  await waitFor('the issuer has heard of both', () => issuer.heard.length === 2)
  await issuer.desk.refuse(unwelcome.peer)
  await waitFor('the refusal is known where it asks', async () => {
    const answer = await ask(unwelcome, 'unwelcome')
    return answer instanceof NotAdmittedError && answer.reason === 'declined'
  })
  await issuer.desk.accept(welcome.peer)
  await meet([relay, issuer])
  assert.equal(((await ask(welcome, 'welcome')) as Uint8Array[]).length, 1)
})

/** A member that relays and one that only dials out, who know each other. */
async function openDoors(swarm: Swarm): Promise<[Door, Door]> {
  const identities = [await swarm.identity(), await swarm.identity()] as const
  const members = identities.map(({ peer }, i) => ({ id: peer, name: `site ${i}` }))
  const doors: Door[] = []
  for (const [i, identity] of identities.entries()) {
    const desk = await deskOf({ consortium: DESK_CONSORTIUM, members }, identity, { now: Date.now })
    const reach = i === 0 ? { reachable: 'yes', relay: { maxReservations: 8 } } as const : { reachable: 'no', bootstrap: doors[0]!.node.network.addresses() } as const // prettier-ignore
    doors.push({ ...desk, node: await swarm.node({ identity, admission: desk.desk, ...reach }) })
  }
  await allConnected(doors.map(({ node }) => node))
  return doors as [Door, Door]
}
