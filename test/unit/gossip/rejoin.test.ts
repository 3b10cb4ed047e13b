import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  REDIAL_MAX_MS,
  REDIAL_MIN_MS,
  UPGRADE_MAX_MS,
  UPGRADE_MIN_MS,
} from '../../../src/gossip/constants.ts'
import { generateIdentity } from '../../../src/gossip/index.ts'
import type { Path } from '../../../src/gossip/host/paths.ts'
import { AddressBook } from '../../../src/gossip/links/address-book.ts'
import { Rejoin } from '../../../src/gossip/links/rejoin.ts'
import { testLogger } from '../../helpers/gossip/swarm.ts'

const [peer, relay] = [(await generateIdentity()).peer, (await generateIdentity()).peer]
const at = (host: string): string => `${host}/tcp/4001/p2p/${peer}`
const MINUTE = 60_000

/** A clock that a test moves: whatever is due happens in order, and what it starts is awaited. */
class Hand {
  time = 0
  #due: { at: number; action: () => void }[] = []

  now = (): number => this.time
  after = (ms: number, action: () => void): (() => void) => {
    const entry = { at: this.time + ms, action }
    this.#due.push(entry)
    return () => (this.#due = this.#due.filter((one) => one !== entry))
  }

  async pass(ms: number): Promise<void> {
    const end = this.time + ms
    for (;;) {
      const next = this.#due.filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.#due = this.#due.filter((one) => one !== next)
      this.time = Math.max(this.time, next.at)
      next.action()
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.time = end
  }
}

function setUp(dial: (addresses: readonly string[]) => Promise<string>, path: () => Path | undefined) {
  const clock = new Hand()
  const dials: { at: number; addresses: readonly string[] }[] = []
  const book = new AddressBook('self', () => true)
  const rejoin = new Rejoin({
    self: 'self',
    book,
    bootstrap: [],
    logger: testLogger('rejoin'),
    signal: new AbortController().signal,
    clock,
    random: () => 0.5,
    pathTo: path,
    connectedPeers: () => (path() === undefined ? [] : [peer]),
    dial: (addresses) => {
      dials.push({ at: clock.time, addresses })
      return dial(addresses)
    },
  })
  return { clock, dials, book, rejoin }
}

const refused = (): Promise<string> => Promise.reject(new Error('connect ECONNREFUSED'))
const nameFails = (): Promise<string> => Promise.reject(new Error('getaddrinfo EAI_AGAIN hospital-a.example'))

for (const [what, failure] of [
  ['refusal', refused],
  ['a name that cannot be resolved', nameFails],
] as const) {
  test(`after ten minutes, and a month, of ${what} a member is still dialled, with a wait that stays capped`, async () => {
    const { clock, dials, book, rejoin } = setUp(failure, () => undefined)
    book.learnOwn(peer, [at('/dns/hospital-a.example')])
    rejoin.wake()
    await clock.pass(10 * MINUTE)
    const waits = dials.slice(1).map((one, i) => one.at - dials[i]!.at)
    assert.equal(waits[0], REDIAL_MIN_MS)
    assert.deepEqual(new Set(waits.slice(6)), new Set([REDIAL_MAX_MS]))
    const before = dials.length
    clock.time += 30 * 24 * 60 * MINUTE
    await clock.pass(MINUTE)
    assert.ok(dials.length > before)
  })
}

test('an address that has changed is dialled from the next attempt on', async () => {
  const { clock, dials, book, rejoin } = setUp(
    (addresses) => (addresses.includes(at('/ip4/203.0.113.9')) ? Promise.resolve(peer) : refused()),
    () => undefined,
  )
  book.learnOwn(peer, [at('/ip4/203.0.113.7')])
  rejoin.wake()
  await clock.pass(10 * MINUTE)
  book.learnHearsay(peer, [at('/ip4/203.0.113.9')], relay)
  await clock.pass(1.5 * REDIAL_MAX_MS)
  assert.ok(dials.at(-1)!.addresses.includes(at('/ip4/203.0.113.9')))
})

test('a member that is reached through a relay is dialled directly now and then, by its direct addresses alone', async () => {
  const through = `/ip4/198.51.100.9/tcp/1/p2p/${relay}/p2p-circuit/p2p/${peer}`
  let path: Path = 'relayed'
  const { clock, dials, book, rejoin } = setUp(refused, () => path)
  book.learnOwn(peer, [through, at('/ip4/203.0.113.7')])
  rejoin.wake()
  await clock.pass(60 * MINUTE)
  assert.ok(dials.every(({ addresses }) => addresses.join() === at('/ip4/203.0.113.7')))
  const waits = dials.slice(1).map((one, i) => one.at - dials[i]!.at)
  assert.deepEqual([waits[0], Math.max(...waits)], [UPGRADE_MIN_MS, UPGRADE_MAX_MS])
  path = 'direct'
  await clock.pass(UPGRADE_MAX_MS)
  const before = dials.length
  await clock.pass(60 * MINUTE)
  assert.equal(dials.length, before, 'a direct connection is good enough')
})

test('what the LAN says of a member is tried, told to nobody, and cannot crowd out what members say', () => {
  const book = new AddressBook('self', (one) => one === peer)
  for (let i = 0; i < 50; i++) book.learnHeard(peer, [at(`/ip4/192.168.1.${i}`)])
  book.learnHeard(relay, [`/ip4/192.168.1.1/tcp/1/p2p/${relay}`])
  assert.deepEqual(book.addressesOf(peer), [])
  assert.deepEqual(book.news('listener', 0).peers, [])
  book.learnHearsay(peer, [at('/ip4/203.0.113.7')], relay)
  const [[name, targets] = ['', []], ...others] = book.targets()
  assert.deepEqual([name, targets.length, targets[0], others.length], [peer, 5, at('/ip4/203.0.113.7'), 0])
})
