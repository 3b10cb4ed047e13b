import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Stream } from '@libp2p/interface'
import { CHUNK_BYTES, payloadChunks } from '../../../src/merge/index.ts'
import { encodeChunkReplyHead } from '../../../src/gossip/blocks/chunk-messages.ts'
import { fullMap } from '../../../src/gossip/blocks/chunk-map.ts'
import { CHUNK_FRAME_BYTES } from '../../../src/gossip/constants.ts'
import { Attacker } from '../../helpers/gossip/attacker.ts'
import {
  makeContribution,
  noise,
  sha256,
  storePayload,
  type TestContribution,
} from '../../helpers/gossip/contributions.ts'
import { frame } from '../../helpers/gossip/frame.ts'
import type { MemoryStore } from '../../helpers/gossip/memory-store.ts'
import { allConnected, allHold, publish, Swarm, type TestNode } from '../../helpers/gossip/swarm.ts'
import { waitFor } from '../../helpers/gossip/wait-for.ts'

const DEADLINE = 60_000

/** Puts some chunks of a payload, by number, and the envelope, as a fetch that broke off leaves them. */
async function storePart(
  store: MemoryStore,
  contribution: TestContribution,
  has: (number: number) => boolean,
): Promise<void> {
  await store.putEnvelope(contribution.id, contribution.envelope)
  for (const [number, chunk] of payloadChunks(contribution.payload).entries()) {
    if (has(number)) await store.putChunk(sha256(chunk), chunk)
  }
  store.puts.length = 0
}

test(
  'six nodes of which each has another half make each other whole, no chunk coming twice',
  { timeout: DEADLINE },
  async () => {
    await using swarm = new Swarm()
    const author = await swarm.identity()
    const contribution = await makeContribution(author, { size: 6 * CHUNK_BYTES })
    const nodes = await swarm.star(6, { start: false })
    for (const [i, { store }] of nodes.entries()) {
      await storePart(store, contribution, (number) => (number + i) % 6 < 3)
    }
    await nodes[0]!.network.start()
    for (const { network } of nodes.slice(1)) {
      network.addBootstrap(nodes[0]!.network.addresses())
      await network.start()
    }
    await allHold(nodes, [contribution.id], DEADLINE)
    for (const [i, { store }] of nodes.entries()) {
      const missing = contribution.header.payload.chunks.filter((_, number) => (number + i) % 6 >= 3)
      assert.deepEqual([...store.puts].sort(), [...missing].sort(), `node ${i} fetched what it lacked, once`)
    }
  },
)

interface Finished {
  readonly reader: TestNode
  readonly author: TestNode
  /** By the reader, from where the holder ended. */
  readonly bytesReceived: number
}

/** One holder begins to send a chunk in these frames, and goes; the author comes, and the reader gets it all. */
async function finishedByAuthor(
  swarm: Swarm,
  begin: (payload: Uint8Array) => readonly Uint8Array[],
): Promise<Finished> {
  const [reader, author] = [await swarm.node(), await swarm.node({ start: false })]
  const contribution = await makeContribution(author.identity, { size: CHUNK_BYTES })
  const head = encodeChunkReplyHead({ status: 'ok', size: CHUNK_BYTES, have: fullMap(1) })
  let isAsked = false
  const answer = (stream: Stream): void => {
    isAsked = true
    for (const bytes of [head, ...begin(contribution.payload)]) stream.send(frame(bytes))
    setTimeout(() => stream.abort(new Error('gone')), 300)
  }
  await using holder = await Attacker.start(await swarm.identity(), {
    chunk: (stream) => stream.addEventListener('message', () => answer(stream), { once: true }),
  })
  await holder.connect(reader)
  await holder.claimToHold(contribution.envelope)
  await waitFor('the holder is asked', () => isAsked)
  const before = reader.network.traffic().bytesReceived
  await storePayload(author.store, contribution)
  await author.network.start()
  await author.network.publish(contribution.envelope)
  author.network.addBootstrap(reader.network.addresses())
  await allHold([reader, author], [contribution.id], DEADLINE)
  return { reader, author, bytesReceived: reader.network.traffic().bytesReceived - before }
}

test(
  'a holder that dies in the middle of a chunk costs no byte: the next goes on where it ended',
  { timeout: DEADLINE },
  async () => {
    await using swarm = new Swarm()
    const { bytesReceived } = await finishedByAuthor(swarm, (payload) =>
      [0, 1].map((i) => payload.slice(i * CHUNK_FRAME_BYTES, (i + 1) * CHUNK_FRAME_BYTES)),
    )
    assert.ok(
      bytesReceived < CHUNK_BYTES + 200_000,
      `${bytesReceived} bytes for a chunk of ${CHUNK_BYTES}, all in all`,
    )
  },
)

test(
  'a beginning that was a lie is found out, and the honest holder is not blamed',
  { timeout: DEADLINE },
  async () => {
    await using swarm = new Swarm()
    const { reader, author } = await finishedByAuthor(swarm, () => [noise(CHUNK_FRAME_BYTES, 'a lie')])
    const blamed = reader.rejected.filter(({ from }) => from === author.network.peer)
    assert.deepEqual(blamed, [])
  },
)

test('a slow holder beside a fast one holds nothing up', { timeout: DEADLINE }, async () => {
  await using swarm = new Swarm()
  const fast = await swarm.node()
  const slow = await swarm.node({ bandwidth: { upBytesPerSecond: 64 * 1024 } }) // a chunk in 16 s
  const contribution = await makeContribution(fast.identity, { size: 10 * CHUNK_BYTES })
  await storePart(slow.store, contribution, () => true)
  await storePayload(fast.store, contribution)
  slow.network.addBootstrap(fast.network.addresses())
  await fast.network.publish(contribution.envelope)
  await allHold([fast, slow], [contribution.id], DEADLINE)

  const reader = await swarm.node({
    bootstrap: [...slow.network.addresses(), ...fast.network.addresses()],
    start: false,
  })
  await reader.network.start()
  const start = performance.now()
  await allHold([reader], [contribution.id], DEADLINE)
  const took = performance.now() - start
  assert.ok(took < 13_000, `${Math.round(took)} ms; the slow one alone takes 16 s for one chunk`)
  assert.equal(reader.store.puts.length, 10, 'each chunk was kept once')
})

for (const [way, limited] of [
  ['sends', { upBytesPerSecond: 2_000_000 }],
  ['receives', { downBytesPerSecond: 2_000_000 }],
] as const) {
  test(`a node ${way} payloads at the rate that it is limited to`, { timeout: DEADLINE }, async () => {
    await using swarm = new Swarm()
    const author = await swarm.node(way === 'sends' ? { bandwidth: limited } : {})
    const reader = await swarm.node({
      bootstrap: author.network.addresses(),
      ...(way === 'receives' && { bandwidth: limited }),
    })
    await allConnected([author, reader])
    const size = 14 * CHUNK_BYTES
    const contribution = await makeContribution(author.identity, { size })
    const start = performance.now()
    await publish(author, contribution)
    await allHold([author, reader], [contribution.id], DEADLINE)
    const seconds = (performance.now() - start) / 1000
    const rate = size / seconds
    assert.ok(rate < 1.15 * 2_000_000, `${Math.round(rate)} bytes a second are over the limit`)
    assert.ok(rate > 0.5 * 2_000_000, `${Math.round(rate)} bytes a second are far below it`)
  })
}

test(
  'one member that asks for everything at once leaves room for the others',
  { timeout: DEADLINE },
  async () => {
    await using swarm = new Swarm()
    const author = await swarm.node({ transfers: { serving: 4 } })
    const [big, small] = [
      await makeContribution(author.identity, { size: 40 * CHUNK_BYTES }),
      await makeContribution(author.identity, { sequence: 2, size: CHUNK_BYTES }),
    ]
    const getChunk = author.store.getChunk.bind(author.store)
    let serving = 0
    let most = 0
    author.store.getChunk = async (digest) => {
      most = Math.max(most, ++serving)
      await new Promise((resolve) => setTimeout(resolve, 30))
      serving--
      return getChunk(digest)
    }
    await publish(author, big)
    const greedy = await swarm.node({
      bootstrap: author.network.addresses(),
      transfers: { payloads: 8, holders: 8 },
    })
    await waitFor('the greedy one is served', () => greedy.store.puts.length > 2)
    await publish(author, small)
    await allHold([greedy, author], [big.id, small.id].sort(), DEADLINE)
    assert.equal(most, 1, 'a quarter of the slots, one of four')
  },
)

test(
  'with one chunk transfer in twenty broken off, nothing that was verified comes again',
  { timeout: DEADLINE },
  async () => {
    await using swarm = new Swarm()
    const nodes = await swarm.star(3)
    await allConnected(nodes)
    let calls = 0
    for (const { store } of nodes) {
      const getChunk = store.getChunk.bind(store)
      store.getChunk = async (digest) => {
        if (++calls % 20 === 7) throw new Error('a fault on purpose')
        return getChunk(digest)
      }
    }
    const contributions = []
    for (const node of nodes) {
      const contribution = await makeContribution(node.identity, { size: 10 * CHUNK_BYTES })
      contributions.push(contribution)
      await storePayload(node.store, contribution)
    }
    for (const [i, node] of nodes.entries()) await node.network.publish(contributions[i]!.envelope)
    await allHold(
      nodes,
      contributions.map(({ id }) => id),
      DEADLINE,
    )
    for (const { store } of nodes) {
      assert.equal(store.puts.length, 20)
      assert.equal(new Set(store.puts).size, 20, 'no chunk was kept twice')
    }
    assert.ok(calls > 60, `${calls} requests: some were broken off`)
  },
)

test(
  'a payload that nobody has any more is let go where the node says so, and not asked for again',
  { timeout: DEADLINE },
  async () => {
    await using swarm = new Swarm()
    const author = await swarm.node()
    const gone = await makeContribution(author.identity, { size: 2 * CHUNK_BYTES })
    await author.store.putEnvelope(gone.id, gone.envelope)
    author.store.states.set(gone.id, 'pruned')
    const told: string[] = []
    const late = await swarm.node({ start: false, bootstrap: author.network.addresses() })
    const asked: boolean[] = []
    late.judge.letGo = (id, isPruned) => {
      asked.push(isPruned)
      late.store.states.set(id, 'pruned')
      return Promise.resolve(true)
    }
    late.network.events.on('pruned', (id) => told.push(id))
    const restarted = author.network
    await restarted.stop()
    const again = await swarm.node({ identity: author.identity, store: author.store })
    late.network.addBootstrap(again.network.addresses())
    await late.network.start()
    await waitFor('it is let go', () => told.length > 0, DEADLINE)
    assert.deepEqual([told, asked], [[gone.id], [true]])
    assert.deepEqual(late.network.counts(), { fetching: 0, admitted: 0, rejected: 0, pruned: 1, held: 0 })
  },
)

test(
  'a full disk is told once, and the verified chunk is kept when there is room, without coming again',
  { timeout: DEADLINE },
  async () => {
    await using swarm = new Swarm()
    const [author, reader] = await swarm.star(2)
    await allConnected([author!, reader!])
    const heldUp: string[] = []
    reader!.network.events.on('held-up', (_id, code, message) => heldUp.push(`${code} ${message}`))
    reader!.store.failingPuts = 2
    const contribution = await makeContribution(author!.identity, { size: CHUNK_BYTES })
    await publish(author!, contribution)
    await allHold([author!, reader!], [contribution.id], DEADLINE)
    assert.equal(author!.store.gets.length, 1, 'it was sent once')
    assert.equal(heldUp.length, 1)
    assert.match(heldUp[0]!, /ERR_STORE_FAILED/)
  },
)
