import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AddressBook, dialable, type News } from '../../../src/gossip/links/address-book.ts'
import { backoffMs } from '../../../src/gossip/wire/backoff.ts'
import {
  MAX_ADDRESSES_PER_PEER,
  MAX_TOLD_BY_ONE,
  MAX_TOLD_PEERS,
  TELL_AGAIN_MS,
} from '../../../src/gossip/constants.ts'
import { generateIdentity } from '../../../src/gossip/index.ts'
import { listenError } from '../../../src/gossip/host/listen-error.ts'
import { Rejoin } from '../../../src/gossip/links/rejoin.ts'
import { ToldNews } from '../../../src/gossip/links/told-news.ts'
import { HandClock } from '../../helpers/gossip/hand-clock.ts'
import { systemClock } from '../../../src/gossip/wire/clock.ts'
import { testLogger } from '../../helpers/gossip/swarm.ts'
import { waitFor } from '../../helpers/gossip/wait-for.ts'

const peer = (await generateIdentity()).peer
const other = (await generateIdentity()).peer
const address = (i: number): string => `/ip4/192.0.2.${i}/tcp/4001`
const full = (i: number): string => `${address(i)}/p2p/${peer}`

test('an address is dialable with the peer id at its end, and never for another peer', () => {
  assert.equal(dialable(address(1), peer), full(1))
  assert.equal(dialable(full(1), peer), full(1))
  assert.equal(dialable(full(1), other), undefined)
  for (const wrong of [
    '',
    'x',
    '/ip4/300.1.1.1/tcp/1',
    '/ip4/1.2.3.4/tcp/99999',
    `/ip4/${'1'.repeat(400)}`,
  ]) {
    assert.equal(dialable(wrong, peer), undefined, wrong.slice(0, 40))
  }
})

test('hearsay fills up and pushes nothing out; a peer speaks for itself first', () => {
  const book = new AddressBook('self', () => true)
  const lies = Array.from({ length: 20 }, (_, i) => address(100 + i))
  book.learnOwn(peer, [address(1), address(2)])
  for (let i = 0; i < 5; i++) book.learnHearsay(peer, lies.slice(i * 4), `liar ${i}`)
  assert.equal(book.addressesOf(peer).length, MAX_ADDRESSES_PER_PEER)
  assert.deepEqual(book.addressesOf(peer).slice(0, 2), [full(1), full(2)])
  book.learnOwn(peer, [address(9)])
  assert.deepEqual(book.addressesOf(peer).slice(0, 2), [full(9), full(1)])
})

test('one liar takes a small part of the room, before and after others have spoken', () => {
  const book = new AddressBook('self', () => true)
  const lies = Array.from({ length: 8 }, (_, i) => address(100 + i))
  for (let i = 0; i < 100; i++) book.learnHearsay(peer, lies.slice(i % 5), 'liar')
  book.learnHearsay(peer, [address(1), address(2)], 'honest')
  for (let i = 0; i < 100; i++) book.learnHearsay(peer, lies.slice(i % 5), 'liar')
  const known = book.addressesOf(peer)
  assert.ok(known.includes(full(1)) && known.includes(full(2)), known.join())
  assert.equal(known.length, 2 + MAX_TOLD_BY_ONE)
})

test('only members are kept, never the node itself', () => {
  const members = new Set([peer])
  const book = new AddressBook('self', (one) => members.has(one))
  book.learnHearsay(other, [address(1)], peer)
  book.learnOwn('self', [address(2)])
  book.learnOwn(peer, [address(3)])
  assert.deepEqual(book.peers(), [peer])
  members.delete(peer)
  assert.deepEqual(book.peers(), [])
})

test('a listener is told news only, never of itself, the oldest first and no more than one greeting holds', async () => {
  const book = new AddressBook('self', () => true)
  const peers = []
  for (let i = 0; i < MAX_TOLD_PEERS + 5; i++) peers.push((await generateIdentity()).peer)
  for (const one of peers) book.learnOwn(one, [address(1)])
  book.learnOwn(peer, [address(2)])
  const clock = new HandClock()
  const told = new ToldNews(clock)
  const news = (): News => book.news(peer, told.upTo(peer))
  const hear = ({ upTo, isAll }: News): void => told.note(peer, upTo, isAll)
  const first = news()
  assert.deepEqual(
    first.peers.map((one) => one.peer),
    peers.slice(0, MAX_TOLD_PEERS),
  )
  assert.deepEqual(news(), first, 'what has not been heard is told again')
  hear(first)
  clock.advance(2 * TELL_AGAIN_MS) // who has not been told all is told the rest, however long it takes
  const second = news()
  assert.deepEqual(
    second.peers.map((one) => one.peer),
    peers.slice(MAX_TOLD_PEERS),
  )
  hear(second)
  assert.deepEqual(news().peers, [])
  book.learnOwn(peers[3]!, [address(1)]) // nothing new
  book.learnOwn(peers[7]!, [address(9)])
  assert.deepEqual(
    news().peers.map((one) => one.peer),
    [peers[7]],
  )
  told.forget(peer)
  assert.equal(news().peers.length, MAX_TOLD_PEERS)
})

test('what has been told is told again after a while, as it may have been lost or come too early, also to who always hears news', async () => {
  const book = new AddressBook('self', () => true)
  const clock = new HandClock()
  const told = new ToldNews(clock)
  const listener = (await generateIdentity()).peer
  book.learnOwn(peer, [address(1)])
  const busy = (await generateIdentity()).peer
  const heard: string[] = []
  for (let round = 0; round < 8; round++) {
    book.learnOwn(busy, [address(round + 10)])
    const { peers, upTo, isAll } = book.news(listener, told.upTo(listener))
    told.note(listener, upTo, isAll)
    if (peers.some((one) => one.peer === peer)) heard.push(String(round))
    clock.advance(TELL_AGAIN_MS / 3)
  }
  assert.deepEqual(heard, ['0', '3', '6'])
})

test('waits double up to the limit, within half and one and a half of it', () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4, 999].map((n) => backoffMs(n, 500, 4_000, () => 0.5)),
    [500, 1000, 2000, 4000, 4000, 4000],
  )
  assert.equal(
    backoffMs(2, 500, 4_000, () => 0),
    1000,
  )
  assert.ok(backoffMs(2, 500, 4_000, () => 0.999) < 3000)
})

test('a member is dialled again and again until it answers, and a bare address once it has answered no more', async () => {
  const book = new AddressBook('self', () => true)
  book.learnOwn(peer, [address(1)])
  const stopping = new AbortController()
  const dials: string[] = []
  let clock = 0
  let isUp = false
  const rejoin = new Rejoin({
    self: 'self',
    book,
    bootstrap: [address(7)],
    logger: testLogger('rejoin'),
    signal: stopping.signal,
    clock: { ...systemClock, now: () => (clock += 700) }, // every look at the clock is 0.7 s later
    random: () => 0,
    connectedPeers: () => (isUp ? [peer] : []),
    pathTo: () => (isUp ? 'direct' : undefined),
    dial: (addresses) => {
      dials.push(addresses[0]!)
      if (!isUp && dials.length < 12) return Promise.reject(new Error('nobody there'))
      isUp = true
      return Promise.resolve(peer)
    },
  })
  rejoin.wake()
  await waitFor('it has answered', () => isUp)
  assert.ok(dials.filter((one) => one === full(1)).length >= 3, dials.join())
  await waitFor(
    'the bare address has answered',
    () => dials.at(-1) === address(7) || dials.filter((one) => one === address(7)).length > 3,
  )
  stopping.abort()
  await rejoin.stop()
})

test('a port in use is named; any other failure names the address', () => {
  const inUse = new Error(
    '\n  /ip4/0.0.0.0/tcp/4001: Error: listen EADDRINUSE: address already in use 0.0.0.0:4001\n    at x',
  )
  assert.equal(listenError(inUse, []).code, 'ERR_PORT_IN_USE')
  assert.match(listenError(inUse, []).message, /port 4001 /)
  const v6 = new Error('Error: listen EADDRINUSE: address already in use :::4002\n at x')
  assert.match(listenError(v6, []).message, /port 4002 /)
  const foreign = listenError(new Error('EADDRNOTAVAIL'), ['/ip4/203.0.113.9/tcp/1'])
  assert.deepEqual([foreign.code, /203\.0\.113\.9/.test(foreign.message)], ['ERR_LISTEN', true])
})
