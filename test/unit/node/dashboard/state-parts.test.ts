import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accuracyOf, confusionOf } from '../../../../src/node/dashboard/accuracy-of.ts'
import { entryOfEvent } from '../../../../src/node/dashboard/entry-of-event.ts'
import { helpOf } from '../../../../src/node/dashboard/help-of.ts'
import { membersOf } from '../../../../src/node/dashboard/members-of.ts'
import { outboxOf } from '../../../../src/node/dashboard/outbox-of.ts'
import { MAX_ENTRIES, Timeline } from '../../../../src/node/dashboard/timeline.ts'
import { usageBetween } from '../../../../src/node/dashboard/usage.ts'
import { EventHub } from '../../../../src/node/event-hub.ts'
import { silentLogger } from '../../../../src/node/logger.ts'
import type { HeldOutFigure } from '../../../../src/node/scores/held-out-figures.ts'
import { NO_SCORES } from '../../../../src/node/scores/types.ts'
import { helpStatus } from '../../../../src/node/status/help-status.ts'
import type { NodeStatus } from '../../../../src/node/status/types.ts'
import type { StoredContribution } from '../../../../src/node/types.ts'
import { before, POLICY } from '../status/statuses.ts'

const DIGEST = 'a'.repeat(64)
const OTHER = 'b'.repeat(64)
const TASK = 'c'.repeat(64)

function figure(digest: string | null, perClass: readonly [number, number][]): HeldOutFigure {
  const scores = perClass.map(([correct, count]) => ({ correct, count }))
  const sum = (of: 'correct' | 'count'): number => scores.reduce((all, one) => all + one[of], 0)
  return { digest, at: 7, correct: sum('correct'), count: sum('count'), perClass: scores, mistakes: [] }
}

test('accuracy is told task by task, and of what is used now', () => {
  const spec = {
    classes: ['a', 'b', 'c'],
    tasks: [
      { id: null, classes: ['a', 'b'] },
      { id: TASK, classes: ['c'] },
    ],
  }
  const { models, confusion } = accuracyOf({
    spec,
    figures: { trained: figure(null, [[3, 4], [1, 4], [0, 0]]), merged: figure(DIGEST, [[4, 4], [2, 4], [5, 8]]), served: figure(OTHER, [[2, 4], [2, 4], [1, 8]]) },
    scores: NO_SCORES,
    taskNames: new Map([[TASK, 'castings']]),
    merged: DIGEST,
    served: DIGEST,
  }) // prettier-ignore
  assert.deepEqual(
    models.map(({ role, isCurrent, tasks }) => [role, isCurrent, tasks.map(({ task, correct, count }) => `${task} ${correct}/${count}`)]),
    [['trained', true, ['null 4/8']], ['merged', true, ['null 6/8', 'castings 5/8']], ['served', false, ['null 4/8', 'castings 1/8']]],
  ) // prettier-ignore
  assert.equal(confusion?.role, 'merged', 'what is served has not been measured yet')
})

test('a confusion has the classes with samples, at most forty, and the mistakes among them', () => {
  const of = { ...figure(DIGEST, Array.from({ length: 60 }, (_, i) => [1, i === 0 ? 0 : 100 - i] as [number, number])), mistakes: [{ label: 1, answer: 2, count: 9 }, { label: 59, answer: 1, count: 8 }] } // prettier-ignore
  const classes = Array.from({ length: 60 }, (_, i) => `class ${i}`)
  const shown = confusionOf(classes, 'served', of)!
  assert.equal(shown.of, 59)
  assert.deepEqual([shown.classes.length, shown.classes[0]!.label, shown.classes.at(-1)!.label], [40, 'class 1', 'class 40']) // prettier-ignore
  assert.deepEqual(shown.mistakes, [{ label: 0, answer: 1, count: 9 }])
})

test('members are told with their share of the samples that count', () => {
  const agreement = { state: 'behind', heardAt: '2026-03-04T12:00:00Z', isCurrent: true, merge: OTHER, lacks: [{ peer: 'p', name: 'mill', numbers: [3] }], hereLacks: [] } // prettier-ignore
  const base = { standing: 'member', connection: null, lastSeen: null, adapters: 2, statistics: 1, newest: null, included: 1, agreement } // prettier-ignore
  const members = ['p', 'q'].map((id) => ({ ...base, id, name: id, self: id === 'p' }))
  const headers: Record<string, object> = {
    1: { peer: 'p', kind: 'adapter', count: 30 },
    2: { peer: 'q', kind: 'adapter', count: 90 },
    3: { peer: 'q', kind: 'statistics', count: 90 },
  }
  const status = {
    members,
    merge: { cut: ['1', '2', '3', '4'] },
    at: '2026-03-04T12:00:01Z',
  } as unknown as NodeStatus
  const get = (id: string): StoredContribution | undefined => headers[id] && ({ header: headers[id] } as unknown as StoredContribution) // prettier-ignore
  const [self, other] = membersOf(status, get)
  assert.deepEqual([self!.samples, self!.share, self!.complaint], [30, 0.25, null])
  assert.deepEqual([other!.samples, other!.share, other!.contributed, other!.path], [90, 0.75, 3, null])
  assert.equal(other!.complaint, 'lacks 1: mill 3')
})

test('the timeline keeps the newest lines, numbered, behind what was before', () => {
  const hub = new EventHub(silentLogger())
  let now = 1000
  const timeline = new Timeline(hub, () => now++)
  const told: number[] = []
  timeline.subscribe(({ n }) => told.push(n))
  hub.emit({
    type: 'progress',
    progress: { phase: 'train', done: 1, total: 2, samplesPerSecond: 3 } as never,
  })
  hub.emit({ type: 'problem', code: 'ENOSPC', message: 'x'.repeat(5000) })
  timeline.prepend([{ at: 1, kind: 'merge', text: 'before' }, { at: 2, kind: 'merge', text: 'then' }]) // prettier-ignore
  timeline.prepend([{ at: 1, kind: 'merge', text: 'not again' }])
  assert.deepEqual(timeline.entries().map(({ n, at }) => [n, at]), [[-1, 1], [0, 2], [1, 1001]]) // prettier-ignore
  assert.equal(timeline.entries(0)[0]!.text.length, 400)
  for (let i = 0; i < 2 * MAX_ENTRIES; i++) hub.emit({ type: 'done' })
  const all = timeline.entries()
  assert.ok(all.length >= MAX_ENTRIES && all.length <= 1.1 * MAX_ENTRIES)
  assert.equal(all.at(-1)!.n, 2 * MAX_ENTRIES + 1)
  assert.equal(told.length, 2 * MAX_ENTRIES + 1)
})

test('a score says its accuracy, an admitted contribution whose it is', () => {
  const scored = entryOfEvent({ type: 'scored', merge: DIGEST, tasks: [{ task: null, correct: 3, count: 4 }, { task: TASK, correct: 1, count: 4 }] }, 5) // prettier-ignore
  assert.equal(scored?.accuracy, 0.5)
  const admitted = entryOfEvent({ type: 'admitted', id: DIGEST, peer: 'p', name: 'mill', sequence: 3, generation: 1, kind: 'adapter', count: 40, bytes: 118_000 }, 5) // prettier-ignore
  assert.deepEqual(admitted, { at: 5, kind: 'contribution', text: "mill's adapter 3 is here (40 samples, 118 kB)" }) // prettier-ignore
})

test('usage is a rate between two readings; a counter that begins anew counts from zero', () => {
  const before = { at: 1000, sent: 500, received: 900, cpuMs: 40, trainerMs: 700 }
  assert.deepEqual(usageBetween(before, { at: 3000, sent: 2500, received: 100, cpuMs: 1040, trainerMs: 500 }), { at: 3000, sent: 1000, received: 50, cores: 0.5, trainerCores: 0.25 }) // prettier-ignore
})

test('of the outbox what is held is told, oldest first, and what was released is counted', () => {
  const [held] = POLICY.outbox.waiting
  const waiting = [held!, { ...held!, id: 'ff'.repeat(32), bytes: 2_000, heldAt: before(30) }, { ...held!, state: 'released' } as const] // prettier-ignore
  const told = outboxOf({ ...POLICY, outbox: { required: true, waiting } })
  assert.deepEqual([told.held, told.heldBytes, told.since, told.released], [2, 42_000, Date.parse(before(90)), 1]) // prettier-ignore
  assert.deepEqual(told.items.map(({ id, bytes }) => [id, bytes]), [['3f9c2a7b1d0e', 40_000], ['ffffffffffff', 2_000]]) // prettier-ignore
  const empty = outboxOf({ ...POLICY, problem: 'p'.repeat(900), outbox: { required: false, waiting: [] } })
  assert.deepEqual([empty.required, empty.held, empty.since, empty.problem?.length], [false, 0, null, 400])
})

test('of a very long report of who helps both ends are listed', () => {
  const site = {
    peer: 'p',
    self: false,
    correct: 1,
    gained: 1,
    lost: 0,
    chance: 0.5,
    effect: 'unclear',
  } as const
  const sites = Array.from({ length: 1_500 }, (_, i) => ({ ...site, name: `site ${i}` }))
  const help = helpStatus({ v: 1, at: 5_000, merge: DIGEST, correct: 2, count: 4, sites }, DIGEST)
  const told = helpOf({ help })!
  assert.deepEqual([told.at, told.isNewestMerge, told.siteCount, told.sites.length], [5_000, true, 1_500, 1_000]) // prettier-ignore
  assert.deepEqual([told.sites[499]!.name, told.sites[500]!.name, told.sites.at(-1)!.name], ['site 499', 'site 1000', 'site 1499']) // prettier-ignore
  assert.equal(helpOf({ help: null }), null)
})
