import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeAnnouncement } from '../../../../src/gossip/announce/announcement.ts'
import { ROUND_PROTOCOL } from '../../../../src/gossip/constants.ts'
import { FIRST_INCARNATION, generateIdentity, type Identity } from '../../../../src/gossip/index.ts'
import { encodeCertificate } from '../../../../src/gossip/rounds/certificate.ts'
import { cutDigest, encodeCut } from '../../../../src/gossip/rounds/cut.ts'
import { encodeRoundFrame } from '../../../../src/gossip/rounds/round-frames.ts'
import { signRoundMessage } from '../../../../src/gossip/rounds/round-message.ts'
import { OPEN_BALLOT } from '../../../../src/gossip/rounds/synod.ts'
import type { OpenedMessage, RoundStart, Word } from '../../../../src/gossip/rounds/types.ts'
import { Attacker } from '../../../helpers/gossip/attacker.ts'
import { CONSORTIUM, noise, sha256 } from '../../../helpers/gossip/contributions.ts'
import { frame } from '../../../helpers/gossip/frame.ts'
import { HOSTILE_STREAMS } from '../../../helpers/gossip/hostile-streams.ts'
import { RoundSwarm, type RoundTestNode } from '../../../helpers/gossip/round-swarm.ts'
import { allConnected } from '../../../helpers/gossip/swarm.ts'
import { waitFor } from '../../../helpers/gossip/wait-for.ts'

/** Two honest founders, and one that is not; the rounds stand idle until they are told to go on. */
async function besieged(): Promise<{ swarm: RoundSwarm; nodes: RoundTestNode[]; enemy: Identity }> {
  const swarm = await RoundSwarm.of(2)
  const nodes = await swarm.startFounders({ until: 0 })
  await allConnected(nodes)
  return { swarm, nodes, enemy: await swarm.identity() }
}

async function refused(node: RoundTestNode, from: string, reason: string): Promise<void> {
  await waitFor(`${from} is refused for ${reason}`, () =>
    node.rejected.some((one) => one.from === from && one.reason === reason),
  )
}

async function stillDecide(swarm: RoundSwarm, nodes: readonly RoundTestNode[]): Promise<void> {
  const round = 1 + nodes[0]!.rounds.start.round
  for (const { source } of nodes) source.until = round
  swarm.reviewAll()
  await waitFor('they decide', () => nodes.every(({ rounds }) => rounds.start.round === round), 30_000)
  assert.deepEqual(swarm.errors, [])
}

const say = (by: Identity, start: RoundStart, word: Word, consortium = CONSORTIUM): Promise<OpenedMessage> =>
  signRoundMessage({ consortium, ...start, author: by.peer, incarnation: FIRST_INCARNATION, word }, by)

/** A request is so short that these are too long for one before anybody looks into them. */
const SHORT: Readonly<Record<string, string>> = { 'noise in a frame': 'too-large' }

test('hostile bytes where rounds are asked for are refused by name', async (t) => {
  const { swarm, nodes, enemy } = await besieged()
  await using disposed = swarm
  const reader = nodes[0]!
  await using attacker = await Attacker.start(enemy)
  await attacker.connect(reader)
  for (const [name, { bytes, reason }] of Object.entries(HOSTILE_STREAMS)) {
    await t.test(name, async () => {
      reader.rejected.length = 0
      await attacker.say(reader, ROUND_PROTOCOL, bytes)
      if (reason !== null) await refused(reader, enemy.peer, SHORT[name] ?? reason)
      assert.ok(reader.network.connections().some(({ peer }) => peer === nodes[1]!.identity.peer))
    })
  }
  await stillDecide(disposed, nodes)
})

test('hostile words on the topic are refused by name', async (t) => {
  const { swarm, nodes } = await besieged()
  await using disposed = swarm
  const reader = nodes[0]!
  const { start } = reader.rounds
  const pass = { type: 'pass' } as const
  const announce = (word: Uint8Array): Uint8Array => encodeAnnouncement({ type: 'round', word })
  const cases: Record<string, [reason: string, data: (enemy: Identity) => Promise<Uint8Array>]> = {
    noise: ['malformed', () => Promise.resolve(announce(noise(300, 'word')))],
    'a word of another': ['wrong-content', async () => announce((await say(swarm.founders[1]!, start, pass)).bytes)],
    'a word of another consortium': ['wrong-consortium', async (enemy) => announce((await say(enemy, start, pass, 'another')).bytes)],
    'a forged word': ['bad-signature', async (enemy) => announce((await forged(enemy, swarm.founders[1]!.peer, start)).bytes)],
  } // prettier-ignore
  for (const [name, [reason, data]] of Object.entries(cases)) {
    await t.test(name, async () => {
      const enemy = await disposed.identity()
      await using attacker = await Attacker.start(enemy)
      await attacker.connect(reader)
      await attacker.gossip(await data(enemy))
      await refused(reader, enemy.peer, reason)
    })
  }
  await stillDecide(disposed, nodes)
})

async function forged(by: Identity, author: string, start: RoundStart): Promise<OpenedMessage> {
  return await signRoundMessage(
    { consortium: CONSORTIUM, ...start, author, incarnation: FIRST_INCARNATION, word: { type: 'pass' } },
    by,
  )
}

/** Frames that somebody answers with who was asked what it knows. */
async function answers(start: RoundStart, enemy: Identity): Promise<Record<string, [string, Uint8Array[]]>> {
  const cut = encodeCut({ consortium: CONSORTIUM, ...start, contributions: [], agenda: 'the end' })
  const later = encodeCut({
    consortium: CONSORTIUM,
    ...start,
    round: 7,
    contributions: [],
    agenda: 'the end',
  })
  const vote = await say(enemy, start, { type: 'vote', ballot: OPEN_BALLOT, cut: cutDigest(cut) })
  const empty = { certificates: [], cuts: [], messages: [], end: null }
  const certified = (bytes: Uint8Array): Uint8Array[] => [
    encodeRoundFrame({ ...empty, certificates: [bytes] }),
  ]
  return {
    'a certificate without a vote': ['no-quorum', certified(encodeCertificate(cut, []))],
    'a certificate with the vote of one who has none': [
      'malformed',
      certified(encodeCertificate(cut, [vote])),
    ],
    'a certificate of another round': ['wrong-round', certified(encodeCertificate(later, [vote]))],
    noise: ['malformed', [noise(500, 'answer')]],
    'noise for a word': ['malformed', [encodeRoundFrame({ ...empty, messages: [noise(99, 'word')] })]],
    'no end': ['malformed', Array<Uint8Array>(300).fill(encodeRoundFrame(empty))],
  }
}

test('hostile answers are refused by name', async (t) => {
  const { swarm, nodes } = await besieged()
  await using disposed = swarm
  const reader = nodes[0]!
  const names = Object.keys(await answers(reader.rounds.start, await generateIdentity()))
  for (const name of names) {
    await t.test(name, async () => {
      const enemy = await disposed.identity()
      const [reason, frames] = (await answers(reader.rounds.start, enemy))[name]!
      await using attacker = await Attacker.start(enemy)
      await attacker.host.handle(ROUND_PROTOCOL, async (stream) => {
        for (const bytes of frames) stream.send(frame(bytes))
        await stream.close()
      })
      await attacker.connect(reader)
      await refused(reader, enemy.peer, reason)
    })
  }
  assert.equal(reader.rounds.start.round, 0)
  await stillDecide(disposed, nodes)
})

test('whoever signs two votes in one ballot is named to the node, once in a round, and splits nothing', async () => {
  const swarm = await RoundSwarm.of(3)
  await using disposed = swarm
  const enemy = swarm.founders.pop()!
  const founders = [...swarm.founders, enemy]
  swarm.founders.push(enemy)
  const nodes = []
  for (const identity of founders.slice(0, 2)) {
    const node = await swarm.roundNode({ identity })
    node.source.until = 0
    nodes.push(node)
  }
  await allConnected(nodes)
  await using attacker = await Attacker.start(enemy)
  await attacker.connect(nodes[0]!)
  for (const what of ['one', 'other', 'third']) {
    const word = { type: 'vote', ballot: OPEN_BALLOT, cut: sha256(what) } as const
    const { bytes } = await say(enemy, nodes[0]!.rounds.start, word)
    await attacker.gossip(encodeAnnouncement({ type: 'round', word: bytes }))
  }
  await waitFor('it is named', () => swarm.contradictions.includes(enemy.peer))
  swarm.table.give(0, enemy.peer)
  await stillDecide(disposed, nodes)
  const told = swarm.contradictions.filter((author) => author === enemy.peer)
  assert.ok(told.length <= nodes.length, 'each node is told once')
  assert.equal(nodes[0]!.rounds.start.previous, nodes[1]!.rounds.start.previous)
})
