import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RoundStatus } from '../../../../src/gossip/index.ts'
import { firstChain, termsOf, type StagedChain } from '../../../../src/merge/index.ts'
import { PublishRefusedError } from '../../../../src/node/errors.ts'
import type { StagedMerge } from '../../../../src/node/staged/staged-merge.ts'
import { StagedWork, type StagedWorkInit } from '../../../../src/node/staged/staged-work.ts'
import type { StoredContribution } from '../../../../src/node/types.ts'
import type { Work } from '../../../../src/node/schedule/schedule-loop.ts'
import { TASK, withTask } from '../../merge/fixtures.ts'
import { stagedSpec } from '../../merge/staged/two-sites.ts'

const spec = withTask(stagedSpec())
const NAMES = { a: 'anvil', b: 'birch', c: 'cedar' }

interface World {
  readonly work: StagedWork
  readonly stored: StoredContribution[]
  readonly reviews: () => number
  chain: StagedChain
  status: Partial<RoundStatus>
  round: number
  isAcceptor: boolean
  train: (signal: AbortSignal) => Promise<unknown>
  check: () => Promise<void>
}

/** The site of anvil, and the rounds as it is told of them. */
function world(counts: readonly number[] = [5, 5, 5, 5, 5], contribute = true): World {
  const stored: StoredContribution[] = []
  let reviews = 0
  const acceptor = (peer: string, did: string) => ({ peer, did, hasVoted: false, isConnected: true, hasForgotten: false }) // prettier-ignore
  const given: { chain: StagedChain; status: Partial<RoundStatus>; round: number; isAcceptor: boolean; train: World['train']; check: World['check'] } = {
    chain: firstChain(spec),
    status: { phase: 'contributing', acceptors: [acceptor('a', 'contributed'), acceptor('b', 'awaited'), acceptor('c', 'passed')] as RoundStatus['acceptors'], missing: [], able: 3, needed: 2 },
    round: 0,
    isAcceptor: true,
    train: () => Promise.reject(new Error('not asked for')),
    check: () => Promise.resolve(),
  } // prettier-ignore
  const members = Object.entries(NAMES).map(([id, name]) => ({ id, name }))
  const init = {
    site: {
      spec,
      config: { contribute, data: '/samples' },
      identity: { peer: 'a' },
      charterDigest: 'c',
      roster: { members, counting: (kept: unknown) => kept },
      ledger: {
        state: {
          tasks: new Map([[TASK, { name: 'autumn', classes: ['burr', 'dent', 'pit'], sites: new Map([['a', ['burr', 'dent', 'pit']]]) }]]), // prettier-ignore
        },
        sign: () => Promise.resolve(),
      },
    },
    store: { list: () => stored, nextSequence: () => 1 },
    merge: {
      get chain() {
        return given.chain
      },
      missing: 0,
      termsAt: () => termsOf(spec, given.chain),
    } as unknown as StagedMerge,
    trainer: {
      look: () => Promise.resolve({ train: { classCounts: counts } }),
      train: (_from: unknown, _options: unknown, signal: AbortSignal) => given.train(signal),
    },
    gate: { check: () => given.check() },
    signal: new AbortController().signal,
    rounds: () => ({
      start: { round: given.round },
      isAcceptor: given.isAcceptor,
      status: () => given.status as RoundStatus,
      review: () => Promise.resolve(void (reviews += 1)),
    }),
  } as unknown as StagedWorkInit
  return Object.assign(given, { work: new StagedWork(init), stored, reviews: () => reviews })
}

const look = (one: World): Promise<unknown> => one.work.perform({ kind: 'look' } as Work)
const own = (round: number): StoredContribution => ({ header: { peer: 'a', round } }) as unknown as StoredContribution // prettier-ignore

test('a site looks at its data first, then trains what the round under way asks, and tells the rounds', async () => {
  const one = world()
  assert.equal(one.work.decide().kind, 'look')
  await look(one)
  assert.equal(one.reviews(), 1)
  const decision = one.work.decide()
  assert.ok(decision.kind === 'train')
  assert.deepEqual([decision.task, decision.generation, decision.base], [null, 1, null])
  assert.match(decision.text, /^round 0 \(step 1 of 2, B\)/)
})

test('what is made already is not made again: the site says by name whom the round waits for', async () => {
  const one = world()
  await look(one)
  one.stored.push(own(0))
  const decision = one.work.decide()
  assert.ok(decision.kind === 'wait')
  assert.deepEqual(decision.waitingFor, ['birch'])
  assert.match(decision.text, /waiting for: birch/)
})

test('a site without samples of a task passes, and says so with the name of the task', async () => {
  const one = world([5, 0, 5, 0, 0]) // no burr, dent or pit
  await look(one)
  assert.equal(one.work.hasNothing(null, 'train'), false)
  assert.equal(one.work.hasNothing(TASK, 'train'), true)
  one.chain = { ...one.chain, agenda: { task: TASK, step: 0 } }
  assert.match(
    one.work.decide().text,
    /task autumn, step 1 of 2, B\), this site has no samples of it and passes/,
  )
})

test('a site that only listens never looks at its data for others, passes everything and follows the rounds', () => {
  const one = world(undefined, false)
  assert.deepEqual([one.work.hasNothing(null, 'train'), one.work.hasNothing(TASK, 'end')], [true, true])
  one.isAcceptor = false
  const decision = one.work.decide()
  assert.equal(decision.kind, 'idle')
  assert.match(decision.text, /^round 0 \(step 1 of 2, B\): this site only listens$/)
  one.round = 3
  assert.match(one.work.decide().text, /catching up/)
})

test('what a site may not publish it passes, with the reason', async () => {
  const one = world()
  await look(one)
  one.work.gaveUp({ kind: 'train', task: null } as Work, new PublishRefusedError('below-floor', '3 samples'))
  assert.equal(one.work.hasNothing(null, 'train'), true)
  assert.equal(one.work.hasNothing(null, 'end'), false)
  assert.match(one.work.decide().text, /this site passes \(.*3 samples/)
  assert.equal(one.reviews(), 2)
  one.chain = { ...one.chain, round: 1 }
  assert.equal(one.work.hasNothing(null, 'train'), true, 'its data are no more in the next round')
})

test('what went wrong in one round is tried again in the next', async () => {
  const one = world()
  await look(one)
  one.work.gaveUp({ kind: 'train', task: null } as Work, new PublishRefusedError('worse-than-base', '9 lost'))
  assert.equal(one.work.hasNothing(null, 'train'), true)
  assert.match(one.work.decide().text, /this site passes \(.*9 lost/)
  one.chain = { ...one.chain, round: 1 }
  one.round = 1
  assert.equal(one.work.hasNothing(null, 'train'), false)
  assert.equal(one.work.decide().kind, 'train')
})

test('nothing is published that the gate refuses', async () => {
  const one = world()
  await look(one)
  one.train = () => Promise.resolve({ state: one.chain.state })
  one.check = () => Promise.reject(new PublishRefusedError('worse-than-base', '9 lost'))
  await assert.rejects(one.work.perform({ kind: 'train', task: null } as Work), /worse-than-base/)
})

test('the end of a task is measured; a round about nothing is idle', async () => {
  const one = world()
  await look(one)
  one.chain = { ...one.chain, agenda: { task: null, step: 2 } }
  assert.equal(one.work.decide().kind, 'measure')
  one.chain = { ...one.chain, agenda: null }
  assert.equal(one.work.decide().kind, 'idle')
})

test('whoever lags behind, or does not vote yet, makes nothing', async () => {
  const one = world()
  await look(one)
  one.round = 3
  assert.match(one.work.decide().text, /catching up: round 0 of 3/)
  one.round = 0
  one.isAcceptor = false
  assert.match(one.work.decide().text, /takes part from the next round on/)
})

test('without a majority the site names who is missing, how many are here, and that nothing is lost', async () => {
  const one = world()
  await look(one)
  one.stored.push(own(0))
  one.status = { ...one.status, phase: 'no-majority', missing: ['b', 'c'], able: 1 }
  const decision = one.work.decide()
  assert.ok(decision.kind === 'wait')
  assert.deepEqual(decision.waitingFor, ['birch', 'cedar'])
  assert.match(decision.text, /no majority, 1 of the 2 that must vote are here; missing: birch, cedar; nothing is lost/) // prettier-ignore
  one.status = { ...one.status, phase: 'forgotten' }
  assert.match(one.work.decide().text, /more than half have lost their memory/)
})

test('training for a round that is decided without this site is broken off, and that is no failure', async () => {
  const one = world()
  await look(one)
  one.train = (signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))) // prettier-ignore
  const made = one.work.perform({ kind: 'train', task: null } as Work)
  one.chain = { ...one.chain, round: 1 }
  one.work.merged()
  assert.equal(await made, null)
})

test('training that has begun for the next round goes on when the one before is told as merged', async () => {
  const one = world()
  await look(one)
  one.chain = { ...one.chain, round: 1, agenda: { task: null, step: 1 } }
  const stopped = await new Promise<AbortSignal>((resolve) => {
    one.train = (signal) => new Promise(() => resolve(signal))
    void one.work.perform({ kind: 'train', task: null } as Work)
  })
  one.work.merged()
  assert.equal(stopped.aborted, false)
})

test('a failure in the round under way is one', async () => {
  const one = world()
  await look(one)
  one.train = () => Promise.reject(new Error('no memory'))
  await assert.rejects(one.work.perform({ kind: 'train', task: null } as Work), /no memory/)
})
