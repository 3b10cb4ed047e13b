import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChangeSignal } from '../../../../src/node/schedule/change-signal.ts'
import { nextAction, type Decision, type ScheduleFacts } from '../../../../src/node/schedule/schedule.ts'
import { ScheduleLoop } from '../../../../src/node/schedule/schedule-loop.ts'
import { settleUntil } from '../../../../src/node/schedule/settling.ts'

const start = { now: 2_000, deadline: 9_000, hasExchanged: false, fetching: 0 }

test('a fresh node waits for a first exchange, then for what it has brought, and never beyond its deadline', () => {
  assert.equal(settleUntil(start), 9_000)
  assert.equal(settleUntil({ ...start, now: 8_999 }), 9_000)
  assert.equal(settleUntil({ ...start, hasExchanged: true }), null)
  assert.equal(settleUntil({ ...start, hasExchanged: true, fetching: 3 }), 9_000)
  assert.equal(settleUntil({ ...start, now: 9_000, fetching: 3 }), null)
})

test('a change between two waits is not lost', async () => {
  const change = new ChangeSignal()
  const { signal } = new AbortController()
  change.set()
  await change.wait(null, signal)
  const waiting = change.wait(null, signal)
  change.set()
  await waiting
  await change.wait(5, signal)
})

test('an abort ends a wait without timeout', async () => {
  const controller = new AbortController()
  const waiting = new ChangeSignal().wait(null, controller.signal)
  controller.abort()
  await waiting
  await new ChangeSignal().wait(null, controller.signal)
})

const facts: ScheduleFacts = {
  now: 0,
  since: 0,
  settleUntil: null,
  pacing: { contributionsPerTask: 1, waitFor: 'connected', patienceMs: 10, maxStatistics: 2 },
  classifier: { rule: 'counts' },
  own: { adapters: 0, generation: 0, anchors: [], statisticsRefused: null, stuck: null },
  others: [],
  merge: { base: null, generation: 0, adapterDigest: '', changedAt: 0, current: true },
}

test('the loop tells a decision once, and goes on after a failure with what has changed', async () => {
  const controller = new AbortController()
  const told: string[] = []
  const failures: string[] = []
  let now: ScheduleFacts = facts
  const loop = new ScheduleLoop({
    signal: controller.signal,
    now: () => 0,
    decide: () => nextAction(now),
    onDecision: (decision: Decision) => {
      told.push(decision.kind)
      if (decision.kind === 'idle') setImmediate(() => controller.abort())
    },
    perform: () => {
      if (failures.length < 2) return Promise.reject(new Error('no memory'))
      now = { ...facts, own: { ...facts.own, adapters: 1 } }
      return Promise.resolve()
    },
    onFailure: (_decision, error) => failures.push((error as Error).message),
    onRest: () => Promise.resolve(),
  })
  loop.start()
  loop.start()
  await loop.ended()
  assert.deepEqual(told, ['train', 'idle'])
  assert.deepEqual(failures, ['no memory', 'no memory'])
  assert.equal(nextAction(now).kind, 'idle')
})

/** What a loop does until it rests, where a merge is due after every piece of work, and one more comes while each is scored. */
async function lifeOf(works: number): Promise<readonly string[]> {
  const controller = new AbortController()
  const did: string[] = []
  let left = works
  let due = 1
  const loop = new ScheduleLoop({
    signal: controller.signal,
    now: () => 0,
    decide: () => nextAction({ ...facts, own: { ...facts.own, adapters: left > 0 ? 0 : 1 } }),
    onDecision: ({ kind }) => did.push(`told ${kind}`),
    perform: () => {
      did.push('work')
      left -= 1
      return Promise.resolve()
    },
    onFailure: () => assert.fail(),
    onRest: () => Promise.resolve(),
    scoring: {
      get isDue() {
        if (due === 0) setImmediate(() => controller.abort())
        return due > 0
      },
      run: () => {
        did.push('score')
        if (left === 0) due -= 1 // merges come faster than they can be scored, as long as there is work
        return Promise.resolve()
      },
    },
  })
  loop.start()
  await loop.ended()
  return did
}

test('a merge is scored before work, at most once between two pieces of it, and while nothing is to do', async () => {
  const work = ['score', 'told train', 'work', 'score', 'work', 'told idle', 'score']
  assert.deepEqual(await lifeOf(2), work)
})
