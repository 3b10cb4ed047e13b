import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  MAX_STRANGER_BYTES,
  MAX_STRANGERS,
  MAX_STRANGERS_PER_ADDRESS,
  STRANGER_PROOF_MS,
  STRANGER_STAY_MS,
} from '../../../../src/gossip/constants.ts'
import { Strangers, type StrangerConnection } from '../../../../src/gossip/host/strangers.ts'
import type { Clock } from '../../../../src/gossip/wire/clock.ts'

/** A clock that goes where a test wants. */
class HandClock implements Clock {
  #now = 0
  readonly #due = new Map<object, { at: number; action: () => void }>()

  now(): number {
    return this.#now
  }

  after(ms: number, action: () => void): () => void {
    const key = {}
    this.#due.set(key, { at: this.#now + ms, action })
    return () => this.#due.delete(key)
  }

  pass(ms: number): void {
    this.#now += ms
    for (const [key, { at, action }] of this.#due) {
      if (at > this.#now) continue
      this.#due.delete(key)
      action()
    }
  }

  get waiting(): number {
    return this.#due.size
  }
}

class FakeConnection extends EventTarget {
  readonly remoteAddr: string
  isOpen = true

  constructor(address: string) {
    super()
    this.remoteAddr = address
  }

  abort(): void {
    this.isOpen = false
    this.dispatchEvent(new Event('close'))
  }

  receive(byteLength: number): void {
    this.dispatchEvent(Object.assign(new Event('message'), { data: { byteLength } }))
  }
}

function setUp(): {
  strangers: Strangers
  clock: HandClock
  come: (peer: string, host: number) => FakeConnection
} {
  const clock = new HandClock()
  const strangers = new Strangers(clock)
  const come = (peer: string, host: number): FakeConnection => {
    const connection = new FakeConnection(`/ip4/192.0.2.${host}/tcp/${30_000 + Math.floor(host)}`)
    connection.isOpen = strangers.admit(peer, connection as unknown as StrangerConnection)
    return connection
  }
  return { strangers, clock, come }
}

test('one address gets a few places, all together get some more, and a place that is left is free again', () => {
  const { strangers, come } = setUp()
  const first = Array.from({ length: MAX_STRANGERS_PER_ADDRESS + 1 }, (_, i) => come(`here ${i}`, 1))
  assert.deepEqual(
    first.map(({ isOpen }) => isOpen),
    [...Array<boolean>(MAX_STRANGERS_PER_ADDRESS).fill(true), false],
  )
  for (let i = 0; strangers.count < MAX_STRANGERS; i++) assert.ok(come(`there ${i}`, 2 + i).isOpen)
  assert.equal(come('one more', 200).isOpen, false)
  first[0]!.abort()
  assert.equal(strangers.count, MAX_STRANGERS - 1)
  assert.ok(come('one more', 200).isOpen)
})

test('who shows no ticket in time is hung up on; who does gets time to finish, and no more', () => {
  const { strangers, clock, come } = setUp()
  const [idle, busy] = [come('idle', 1), come('busy', 2)]
  clock.pass(STRANGER_PROOF_MS - 1)
  assert.deepEqual([idle.isOpen, busy.isOpen], [true, true])
  strangers.proven('busy')
  clock.pass(1)
  assert.deepEqual([idle.isOpen, busy.isOpen], [false, true])
  clock.pass(STRANGER_STAY_MS)
  assert.equal(busy.isOpen, false)
  assert.equal(strangers.count, 0)
  assert.equal(clock.waiting, 0, 'no timer is left')
})

test('who sends more than a ticket and a request take is hung up on', () => {
  const { come } = setUp()
  const talker = come('talker', 1)
  talker.receive(MAX_STRANGER_BYTES)
  assert.ok(talker.isOpen)
  talker.receive(1)
  assert.equal(talker.isOpen, false)
})

test('a peer holds one place, however often it connects', () => {
  const { strangers, come } = setUp()
  const earlier = come('again', 1)
  const later = come('again', 1)
  assert.deepEqual([earlier.isOpen, later.isOpen, strangers.count], [false, true, 1])
  strangers.hangUp('again')
  assert.deepEqual([later.isOpen, strangers.count], [false, 0])
})
