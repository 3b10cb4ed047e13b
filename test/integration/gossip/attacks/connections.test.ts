import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { MAX_CONNECTIONS_PER_PEER, MAX_PENDING_CONNECTIONS } from '../../../../src/gossip/constants.ts'
import { Attacker } from '../../../helpers/gossip/attacker.ts'
import { Besieged } from '../../../helpers/gossip/besieged.ts'
import { allConnected } from '../../../helpers/gossip/swarm.ts'
import { waitFor } from '../../../helpers/gossip/wait-for.ts'

/** Defence: MAX_PENDING_PER_ADDRESS. */
test('sockets that never shake hands, from one address, keep no member from coming in', async () => {
  await using siege = await Besieged.start()
  const { swarm, reader } = siege
  const port = Number(/\/tcp\/(\d+)/.exec(reader.network.addresses()[0]!)![1])
  const sockets = new Set<Socket>()
  let isOver = false
  const knock = (): void => {
    if (isOver) return
    const socket = connect({ host: '127.0.0.1', port, localAddress: '127.0.0.2' })
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => {
      sockets.delete(socket)
      setTimeout(knock, 200)
    })
  }
  for (let i = 0; i < MAX_PENDING_CONNECTIONS + 60; i++) knock()
  try {
    await waitFor(
      'the ceiling is met',
      () => (reader.network.counters.ceilings()['pending-connections'] ?? 0) > 0,
    )
    const newcomer = await swarm.node({ bootstrap: reader.network.addresses() })
    await waitFor('the newcomer is in', () => newcomer.network.connections().length > 0, 9_000)
    await siege.stillWork()
  } finally {
    isOver = true
    for (const socket of sockets) socket.destroy()
  }
})

/** Defence: MAX_CONNECTIONS_PER_PEER. */
test('a member that connects again and again holds a few connections, and others keep theirs', async () => {
  await using siege = await Besieged.start()
  const { reader, honest, attacker } = siege
  const own = attacker.host.peerId.toString()
  const target = multiaddr(reader.network.addresses()[0])
  for (let i = 0; i < 4 * MAX_CONNECTIONS_PER_PEER; i++) {
    await attacker.host.dial(target, { force: true }).catch(() => undefined)
  }
  const held = (): number => reader.network.connections().filter(({ peer }) => peer === own).length
  await waitFor('the surplus is closed', () => held() <= MAX_CONNECTIONS_PER_PEER)
  assert.ok(reader.network.counters.ceilings()['connections-per-peer']! > 0)
  await allConnected([reader, honest])
  await siege.stillWork()
})

/** Defence: membersGater. */
test('a hundred identities that are no members find no one home, and members notice nothing', async () => {
  await using siege = await Besieged.start()
  const { swarm, reader } = siege
  const sybils: Attacker[] = []
  try {
    for (let round = 0; round < 10; round++) {
      const some = await Promise.all(
        Array.from({ length: 10 }, async () => Attacker.start(await swarm.identity(false))),
      )
      sybils.push(...some)
      await Promise.all(some.map((sybil) => sybil.connect(reader).catch(() => undefined)))
    }
    await siege.stillWork()
    await waitFor('all are put out', () => sybils.every(({ host }) => host.getConnections().length === 0))
    const strangers = reader.network.connections().filter(({ peer }) => !swarm.members.has(peer))
    assert.deepEqual(strangers, [])
  } finally {
    await Promise.all(sybils.map((sybil) => sybil[Symbol.asyncDispose]()))
  }
})
