import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { test } from 'node:test'
import {
  ANNOUNCER_RATE,
  GOSSIP_BYTE_RATE,
  GOSSIP_RATE,
  MAX_INBOUND_STREAMS,
  MAX_INBOUND_STREAMS_PER_PEER,
} from '../../../../src/gossip/constants.ts'
import { guardHost } from '../../../../src/gossip/guard/guarded-host.ts'
import { NetworkCounters } from '../../../../src/gossip/counters.ts'
import type { PeerHost, Protocol, TopicValidator } from '../../../../src/gossip/host/peer-host.ts'
import type { Frames } from '../../../../src/gossip/wire/frames.ts'
import { HandClock } from '../../../helpers/gossip/hand-clock.ts'

type Serve = Parameters<PeerHost['handle']>[1]

const PROTOCOL: Protocol = { name: '/test/1', maxFrameBytes: 10, maxBufferBytes: 10, maxStreamsPerPeer: 99, rate: { perSecond: 10, burst: 3 } } // prettier-ignore

/** A stream on which requests never end, and what became of it. */
class Endless implements Frames {
  aborted: Error | undefined
  reads = 0
  readOrEnd(): Promise<Uint8Array> {
    this.reads++
    return Promise.resolve(new Uint8Array(1))
  }
  read(): Promise<Uint8Array> {
    return this.readOrEnd()
  }
  write(): Promise<void> {
    return Promise.resolve()
  }
  close(): Promise<void> {
    return Promise.resolve()
  }
  abort(error: Error): void {
    this.aborted = error
  }
}

function setUp(): {
  clock: HandClock
  counters: NetworkCounters
  stop: AbortController
  host: PeerHost
  served: (frames: Frames, peer: string) => Promise<void>
  validate: TopicValidator
  handled: { serve: Serve | undefined; validate: TopicValidator | undefined }
} {
  const clock = new HandClock()
  const counters = new NetworkCounters()
  const stop = new AbortController()
  const handled: { serve: Serve | undefined; validate: TopicValidator | undefined } = { serve: undefined, validate: undefined } // prettier-ignore
  const bare = {
    peer: 'self',
    events: new EventEmitter(),
    handle: (_protocol: Protocol, serve: Serve) => {
      handled.serve = serve
      return Promise.resolve()
    },
    subscribe: (validate: TopicValidator) => {
      handled.validate = validate
    },
  } as unknown as PeerHost
  return {
    clock,
    counters,
    stop,
    handled,
    host: guardHost(bare, { clock, counters, signal: stop.signal }),
    served: (frames, peer) => handled.serve!(frames, peer),
    validate: (data, from, bearer) => handled.validate!(data, from, bearer),
  }
}

test('streams of one peer, and of all, are bounded; a stream that ends gives its place back', async () => {
  const { host, counters, served } = setUp()
  const ends = new EventEmitter()
  ends.setMaxListeners(0)
  await host.handle(PROTOCOL, async () => {
    await once(ends, 'end')
  })
  const open = Array.from({ length: MAX_INBOUND_STREAMS_PER_PEER }, () => served(new Endless(), 'a'))
  const surplus = new Endless()
  await served(surplus, 'a')
  assert.match(String(surplus.aborted), /streams-per-peer/)
  for (let i = MAX_INBOUND_STREAMS_PER_PEER; i < MAX_INBOUND_STREAMS; i++)
    open.push(served(new Endless(), `b${i}`))
  const late = new Endless()
  await served(late, 'c')
  assert.match(String(late.aborted), /streams$/)
  assert.deepEqual(counters.ceilings(), { 'streams-per-peer': 1, streams: 1 })
  ends.emit('end')
  await Promise.all(open)
  const next = new Endless()
  const serving = served(next, 'a')
  assert.equal(next.aborted, undefined)
  ends.emit('end')
  await serving
})

test('who asks faster than the rate is read later, on all its streams together, and others are not', async () => {
  const { host, clock, counters, served } = setUp()
  await host.handle(PROTOCOL, async (frames) => {
    for (let i = 0; i < 4; i++) await frames.read()
  })
  const first = new Endless()
  const serving = served(first, 'a')
  await new Promise(setImmediate)
  assert.equal(first.reads, 3)
  const second = new Endless()
  const also = served(second, 'a')
  const other = new Endless()
  const others = served(other, 'b')
  await new Promise(setImmediate)
  assert.equal(second.reads, 0, 'a second stream is no way around')
  assert.equal(other.reads, 3)
  clock.advance(100)
  await Promise.race([serving, others])
  await new Promise(setImmediate)
  assert.equal(first.reads, 4)
  assert.equal(second.reads, 0)
  for (let i = 0; i < 5; i++) {
    clock.advance(100)
    await new Promise(setImmediate)
  }
  await Promise.all([serving, also, others])
  assert.ok(counters.ceilings()['request-rate']! >= 3)
})

test('a wait for the rate ends when the network stops', async () => {
  const { host, served, stop } = setUp()
  await host.handle(PROTOCOL, async (frames) => {
    for (;;) await frames.read()
  })
  const serving = served(new Endless(), 'a')
  await new Promise(setImmediate)
  stop.abort(new Error('stopped'))
  await assert.rejects(serving, /stopped/)
})

test('gossip beyond the rate of its bearer is dropped unread, whoever signed it, and other bearers go on', async () => {
  const { host, clock, counters, validate } = setUp()
  let read = 0
  host.subscribe(() => {
    read++
    return Promise.resolve('ignore')
  })
  for (let i = 0; i < GOSSIP_RATE.burst + 50; i++)
    assert.equal(await validate(new Uint8Array(1), `s${i}`, 'flood'), 'ignore')
  assert.equal(read, GOSSIP_RATE.burst)
  await validate(new Uint8Array(1), 's1', 'honest')
  assert.equal(read, GOSSIP_RATE.burst + 1)
  clock.advance(1000)
  await validate(new Uint8Array(1), 's1', 'flood')
  assert.equal(read, GOSSIP_RATE.burst + 2, 'it is heard again later')
  assert.equal(counters.ceilings()['gossip-rate'], 50)
  for (let i = 0; i < 10; i++) await validate(new Uint8Array(GOSSIP_BYTE_RATE.burst / 4), 's', 'heavy')
  assert.equal(counters.ceilings()['gossip-rate'], 56)
})

test('what a signer says beyond its rate is not passed on, and scores nobody down', async () => {
  const { host, counters, validate } = setUp()
  host.subscribe(() => Promise.resolve('accept'))
  const results = []
  for (let i = 0; i < ANNOUNCER_RATE.burst + 2; i++)
    results.push(await validate(new Uint8Array(1), 'loud', `b${i % 2}`))
  assert.deepEqual(results.slice(-3), ['accept', 'ignore', 'ignore'])
  assert.equal(await validate(new Uint8Array(1), 'quiet', 'b0'), 'accept')
  assert.equal(counters.ceilings()['announcer-rate'], 2)
})
