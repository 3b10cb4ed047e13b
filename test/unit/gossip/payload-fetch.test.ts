import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_CHUNK_TIMEOUTS } from '../../../src/gossip/blocks/chunk-client.ts'
import { ChunkServer } from '../../../src/gossip/blocks/chunk-server.ts'
import { HolderBook } from '../../../src/gossip/blocks/holder-book.ts'
import { PartialChunks } from '../../../src/gossip/blocks/partial-chunks.ts'
import { PayloadFetch } from '../../../src/gossip/blocks/payload-fetch.ts'
import { HELPERS_AFTER_MS } from '../../../src/gossip/constants.ts'
import { Limiter } from '../../../src/gossip/wire/limiter.ts'
import { pause } from '../../../src/gossip/wire/pause.ts'
import { CHUNK_BYTES, payloadChunks } from '../../../src/merge/index.ts'
import { noise, sha256 } from '../../helpers/gossip/contributions.ts'
import { HandClock } from '../../helpers/gossip/hand-clock.ts'
import { memoryFrames } from '../../helpers/gossip/memory-frames.ts'
import { MemoryStore } from '../../helpers/gossip/memory-store.ts'
import { testLogger } from '../../helpers/gossip/swarm.ts'

/** `whole`: says so beforehand. `has`: has it, but did not say. `steady`: as whole, a chunk in 600 ms. `hangs`: says so, and never answers. */
type Kind = 'whole' | 'has' | 'empty' | 'steady' | 'hangs'

/** One reader among holders in memory; what it opens is written down. */
class Scene {
  readonly opened: string[] = []
  readonly clock = new HandClock()
  readonly store = new MemoryStore()
  readonly #chunks: Uint8Array[]
  readonly #kinds: Record<string, Kind>
  readonly #stop = new AbortController()

  constructor(chunkCount: number, kinds: Record<string, Kind>) {
    this.#chunks = [...payloadChunks(noise(chunkCount * CHUNK_BYTES, 'payload'))]
    this.#kinds = kinds
  }

  async fetch(): Promise<boolean> {
    const { clock, store } = this
    const chunks = this.#chunks.map((chunk) => sha256(chunk))
    const fetch = new PayloadFetch(
      {
        store,
        book: new HolderBook(clock),
        partials: new PartialChunks(),
        timeouts: DEFAULT_CHUNK_TIMEOUTS,
        logger: testLogger('reader'),
        clock,
        random: () => 0.5,
        down: { pay: () => Promise.resolve(0) },
        receiving: new Limiter(16),
        holdersAtOnce: 4,
        spares: { put: () => undefined },
        openStream: (peer) => this.#open(peer, chunks),
      },
      { id: sha256('contribution'), size: this.#chunks.length * CHUNK_BYTES, chunks },
      {
        inOrder: () => Object.keys(this.#kinds),
        holdsWhole: (peer) => ['whole', 'steady', 'hangs'].includes(this.#kinds[peer]!),
      },
      this.#stop.signal,
    )
    return (await fetch.run()).isComplete
  }

  async #open(peer: string, chunks: readonly string[]) {
    this.opened.push(peer)
    const [near, far] = memoryFrames()
    const store = new MemoryStore()
    if (this.#kinds[peer] !== 'empty')
      for (const chunk of this.#chunks) await store.putChunk(sha256(chunk), chunk)
    const server = new ChunkServer({
      store,
      logger: testLogger(peer),
      slots: { acquire: () => Promise.resolve(() => undefined) },
      up: { pay: () => this.#pay(peer) },
      chunksOf: () => Promise.resolve(chunks),
      isPruned: () => false,
      onAsked: () => undefined,
      onServed: () => undefined,
      onHolds: () => undefined,
      onViolation: () => undefined,
    })
    if (this.#kinds[peer] !== 'hangs') void server.serve(far, 'reader')
    return near
  }

  async #pay(peer: string): Promise<number> {
    if (this.#kinds[peer] === 'steady') await pause(this.clock, 150, this.#stop.signal)
    return 0
  }

  /** In steps, until the fetch has ended. */
  async fetchInTime(): Promise<boolean> {
    const state = { isDone: false }
    const fetched = this.fetch().finally(() => (state.isDone = true))
    for (let passed = 0; !state.isDone && passed < 20_000; passed += 50) {
      await new Promise(setImmediate)
      this.clock.advance(50)
    }
    return fetched
  }
}

test('while one who holds everything gives, nobody else is asked', async () => {
  const scene = new Scene(3, { author: 'whole', a: 'empty', b: 'has', c: 'empty', d: 'has' })
  assert.equal(await scene.fetch(), true)
  assert.deepEqual(scene.opened, ['author'])
})

test('a single chunk is asked of one holder, however many have it', async () => {
  const scene = new Scene(1, { author: 'whole', a: 'whole', b: 'whole' })
  assert.equal(await scene.fetch(), true)
  assert.deepEqual(scene.opened, ['author'])
})

test('those who hold everything share the chunks', async () => {
  const scene = new Scene(6, { author: 'whole', a: 'whole', b: 'whole', c: 'empty' })
  assert.equal(await scene.fetch(), true)
  assert.deepEqual(scene.opened, ['author', 'a', 'b'])
})

test('where nobody has said to hold it, several are asked at once', async () => {
  const scene = new Scene(1, { a: 'empty', b: 'empty', c: 'empty', d: 'empty', e: 'has' })
  assert.equal(await scene.fetch(), true)
  assert.deepEqual(scene.opened.slice(0, 4), ['a', 'b', 'c', 'd'])
})

test('who gives steadily is not helped out when little is left, however long it took', async () => {
  const scene = new Scene(7, { author: 'steady', a: 'has' })
  assert.equal(await scene.fetchInTime(), true)
  assert.deepEqual(scene.opened, ['author'])
})

test('who gives steadily is helped out when much is left', async () => {
  const scene = new Scene(16, { author: 'steady', a: 'has' })
  assert.equal(await scene.fetchInTime(), true)
  assert.deepEqual(scene.opened, ['author', 'a'])
})

test('one who says to hold everything and gives nothing is helped out, and its chunk is taken over', async () => {
  const scene = new Scene(2, { liar: 'hangs', a: 'has' })
  const state = { isDone: false }
  const fetched = scene.fetch().finally(() => (state.isDone = true))
  await new Promise(setImmediate)
  scene.clock.advance(HELPERS_AFTER_MS - 1)
  await new Promise(setImmediate)
  assert.deepEqual(scene.opened, ['liar'], 'not at once')
  for (let passed = 0; !state.isDone && passed < 20_000; passed += 100) {
    scene.clock.advance(100)
    await new Promise(setImmediate)
  }
  assert.equal(await fetched, true)
  assert.deepEqual(scene.opened, ['liar', 'a'])
  assert.equal(scene.store.puts.length, 2)
})
