import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateIdentity, type Identity, type RoundSource } from '../../../../src/gossip/index.ts'
import { cutDigest, decodeCut, encodeCut } from '../../../../src/gossip/rounds/cut.ts'
import { RoundEngine } from '../../../../src/gossip/rounds/round-engine.ts'
import { signRoundMessage } from '../../../../src/gossip/rounds/round-message.ts'
import { FIRST_INCARNATION, type OpenedMessage, type Word } from '../../../../src/gossip/rounds/types.ts'
import { CONSORTIUM, sha256 } from '../../../helpers/gossip/contributions.ts'
import { HandClock } from '../../../helpers/gossip/hand-clock.ts'
import { PlainRoundStore } from '../../../helpers/gossip/plain-round-store.ts'

const HOUR_MS = 3_600_000
const [self, second, third, stranger] = await Promise.all([1, 2, 3, 4].map(() => generateIdentity())) as [Identity, Identity, Identity, Identity] // prettier-ignore
const founders = [self, second, third].map(({ peer }) => peer)
const founding = { consortium: CONSORTIUM, founders, charter: sha256('charter'), agenda: 'step 0' }

/** One node's home, and what it has said; a test changes what its source says. */
class Home {
  readonly store = new PlainRoundStore()
  readonly clock = new HandClock()
  readonly said: OpenedMessage[] = []
  readonly contradictions: string[] = []
  readonly held = new Map<string, string>()
  agenda: string | null = 'step 1'
  passes = false
  forgotten = 0

  async start(): Promise<RoundEngine> {
    this.said.length = 0
    const source: RoundSource = {
      held: (round) => (round === 0 ? this.held : new Map()),
      isHeld: () => true,
      members: () => founders,
      charter: () => founding.charter,
      agenda: () => this.agenda,
      hasNothing: () => this.passes,
    }
    return await RoundEngine.open({
      ...founding,
      identity: self,
      store: this.store,
      source,
      clock: this.clock,
      random: () => 0.5,
      signal: new AbortController().signal,
      isConnected: () => true,
      send: (message) => this.said.push(message),
      onDecided: () => undefined,
      onContradiction: ({ message }) => this.contradictions.push(message.author),
      onForgotten: () => this.forgotten++,
      onFailure: (error) => assert.fail(String(error)),
    })
  }

  words(): string[] {
    return this.said.map(({ message }) => message.word.type)
  }

  holdAll(): void {
    for (const peer of founders) this.held.set(peer, sha256(peer))
  }
}

async function word(by: Identity, what: Word, round = 0): Promise<Uint8Array> {
  const previous = round === 0 ? null : sha256('before')
  const facts = { consortium: CONSORTIUM, round, previous, author: by.peer, incarnation: FIRST_INCARNATION }
  return (await signRoundMessage({ ...facts, word: what }, by)).bytes
}

test('a node says nothing before somebody has told it what is known, and then all that is due', async () => {
  const home = new Home()
  home.holdAll()
  const engine = await home.start()
  await engine.review()
  assert.deepEqual(home.words(), [])
  await engine.informed()
  assert.deepEqual(home.words(), ['vote'])
})

test('while nothing is to follow it starts nothing, for however long, and answers who does', async () => {
  const home = new Home()
  home.agenda = null
  home.holdAll()
  const engine = await home.start()
  await engine.informed()
  home.clock.advance(100 * HOUR_MS)
  await engine.review()
  assert.deepEqual(home.words(), [])
  const ballot = { number: 1, proposer: second.peer }
  await engine.take(await word(second, { type: 'prepare', ballot }))
  const cut = encodeCut({ ...founding, round: 0, previous: null, contributions: [], acceptors: engine.start.acceptors, agenda: 'what it likes' }) // prettier-ignore
  await engine.take(await word(second, { type: 'propose', ballot, cut }))
  assert.deepEqual(home.words(), ['promise', 'vote'])
})

test('once something follows, a long idle time is no reason for patience', async () => {
  const home = new Home()
  home.agenda = null
  home.held.set(self.peer, sha256('own')).set(second.peer, sha256('second'))
  const engine = await home.start()
  await engine.informed()
  home.clock.advance(100 * HOUR_MS)
  home.agenda = 'step 1'
  await engine.review()
  home.clock.advance(HOUR_MS)
  await engine.review()
  assert.ok(home.words().includes('prepare'))
})

test('it passes once in a round, again after a restart, and not where it has given something', async () => {
  const home = new Home()
  home.passes = true
  const engine = await home.start()
  await engine.informed()
  await engine.review()
  assert.deepEqual(home.words(), ['pass'])
  await (await home.start()).informed()
  assert.deepEqual(home.words(), ['pass'])
  home.held.set(self.peer, sha256('own'))
  await (await home.start()).informed()
  assert.deepEqual(home.words(), [])
})

test('passes of the others take the place of contributions in ballot 0, lost ones and repeated ones too', async () => {
  const home = new Home()
  home.held.set(self.peer, sha256('own')).set(third.peer, sha256('third'))
  const engine = await home.start()
  await engine.informed()
  const [pass, alsoPass] = [await word(second, { type: 'pass' }), await word(third, { type: 'pass' })]
  assert.equal(await engine.take(alsoPass), 'news')
  assert.deepEqual(home.words(), [])
  assert.equal(await engine.take(pass), 'news')
  assert.equal(await engine.take(pass), 'known')
  assert.deepEqual(home.words(), ['vote'])
  const vote = home.said[0]!.message.word as Extract<Word, { type: 'vote' }>
  const cut = decodeCut(engine.book.cut(vote.cut)!, CONSORTIUM)
  assert.deepEqual(cut.contributions, [sha256('own'), sha256('third')].sort())
  assert.equal(cut.agenda, 'step 1')
})

test('a pass of somebody who does not vote counts for nothing', async () => {
  const engine = await new Home().start()
  assert.equal(await engine.take(await word(stranger, { type: 'pass' })), 'ignored')
})

test('that somebody is there is kept of members only, so that keys made up fill no memory', async () => {
  const engine = await new Home().start()
  assert.equal(await engine.take(await word(stranger, { type: 'present' })), 'ignored')
  assert.equal(engine.book.messages().length, 0)
})

test('after a restart it knows the cut that it has voted for, though it could not put it together again', async () => {
  const home = new Home()
  home.holdAll()
  await (await home.start()).informed()
  const { cut } = home.said[0]!.message.word as Extract<Word, { type: 'vote' }>
  home.held.clear()
  home.agenda = 'another'
  const engine = await home.start()
  assert.equal(cutDigest(engine.book.cut(cut)!), cut)
  await engine.informed()
  assert.deepEqual(home.words(), ['vote'])
})

test('an own word that is not on disk shows that the disk was set back: it votes no more until a cut names its new memory', async () => {
  const vote = { type: 'vote', ballot: { number: 0, proposer: '' }, cut: sha256('forgotten') } as const
  for (const [what, round] of [[vote, 0], [{ type: 'pass' } as const, 7]] as const) {
    const home = new Home()
    home.holdAll()
    const engine = await home.start()
    await engine.take(await word(self, what, round))
    assert.equal(home.forgotten, 1)
    assert.notEqual(await home.store.incarnation(), FIRST_INCARNATION)
    await engine.informed()
    assert.equal(engine.isAcceptor, false)
    assert.deepEqual(home.words(), ['present'])
    assert.deepEqual(home.contradictions, [])
  } // prettier-ignore
})

test('cuts that somebody proposes over and over do not fill the memory', async () => {
  const home = new Home()
  home.agenda = null
  const engine = await home.start()
  for (let number = 1; number <= 40; number++) {
    const acceptors = engine.start.acceptors
    const cut = encodeCut({
      ...founding,
      round: 0,
      previous: null,
      contributions: [],
      acceptors,
      agenda: `try ${number}`,
    })
    await engine.take(await word(second, { type: 'propose', ballot: { number, proposer: second.peer }, cut }))
  }
  assert.ok(engine.book.cuts().length <= 10, `${engine.book.cuts().length} cuts`)
})
