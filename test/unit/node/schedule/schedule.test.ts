import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextAction, type MemberFacts, type ScheduleFacts } from '../../../../src/node/schedule/schedule.ts'

const analytic = { rule: 'analytic', features: 'merged', ridge: 0.01 } as const

function member(name: string, change: Partial<MemberFacts> = {}): MemberFacts {
  return { id: `id-${name}`, name, connected: true, adapters: 0, generation: 0, ...change }
}

function facts(change: Partial<ScheduleFacts> = {}): ScheduleFacts {
  return {
    now: 5_000,
    since: 4_000,
    settleUntil: null,
    pacing: { contributionsPerTask: 3, waitFor: 'connected', patienceMs: 7_000, maxStatistics: 2 },
    classifier: analytic,
    own: { adapters: 0, generation: 0, anchors: [], statisticsRefused: null, stuck: null },
    others: [],
    merge: { base: null, generation: 0, adapterDigest: 'adapter-0', changedAt: 0, current: true },
    ...change,
  }
}

const own = (adapters: number, generation: number, anchors: readonly (string | null)[] = []) => ({
  adapters,
  generation,
  anchors,
  statisticsRefused: null,
  stuck: null,
})
const merge = (generation: number, current = true) => ({
  base: `merge-${generation}`,
  generation,
  adapterDigest: `adapter-${generation}`,
  changedAt: 4_500,
  current,
})

const table: readonly { readonly name: string; readonly given: ScheduleFacts; readonly expected: object }[] =
  [
    {
      name: 'starts from the charter when nothing has arrived',
      given: facts({ others: [member('foundry')] }),
      expected: { kind: 'train', generation: 1, base: null },
    },
    {
      name: 'makes nothing that would not count, even where there is something to settle first',
      given: facts({ charterEnded: true, settleUntil: 9_000 }),
      expected: { kind: 'wait', until: null, waitingFor: [] },
    },
    {
      name: 'a late joiner starts from the newest merge',
      given: facts({ merge: merge(4) }),
      expected: { kind: 'train', generation: 5, base: 'merge-4' },
    },
    {
      name: 'waits at start for a first exchange',
      given: facts({ settleUntil: 5_001 }),
      expected: { kind: 'wait', until: 5_001 },
    },
    {
      name: 'goes on when nobody answered at start',
      given: facts({ settleUntil: 5_000 }),
      expected: { kind: 'train', generation: 1 },
    },
    {
      name: 'waits for a connected member of an older generation, and names it',
      given: facts({
        own: own(2, 2),
        others: [
          member('foundry', { adapters: 1, generation: 1 }),
          member('mill', { adapters: 2, generation: 2 }),
        ],
        merge: merge(2),
      }),
      expected: {
        kind: 'wait',
        text: 'waiting for: foundry (generation 2)',
        waitingFor: ['foundry'],
        until: 11_000,
      },
    },
    {
      name: 'goes on when patience is over',
      given: facts({ now: 11_000, own: own(2, 2), others: [member('foundry')], merge: merge(2) }),
      expected: { kind: 'train', generation: 3, base: 'merge-2' },
    },
    {
      name: 'a member that is not connected holds nobody up',
      given: facts({ own: own(2, 2), others: [member('foundry', { connected: false })], merge: merge(2) }),
      expected: { kind: 'train', generation: 3 },
    },
    {
      name: 'one that only listens trains its own model in the same rhythm, and measures nothing',
      given: facts({ listens: true, own: own(1, 1), merge: merge(1) }),
      expected: { kind: 'train', text: 'training its own model, time 2 of 3 (generation 2)' },
    },
    {
      name: 'one that only listens rests where sites keep no models',
      given: facts({
        listens: true,
        untrained: 'this site only listens',
        pacing: { contributionsPerTask: 0, waitFor: 'all', patienceMs: 7_000, maxStatistics: 2 },
        others: [member('foundry')],
      }),
      expected: { kind: 'idle', text: 'this site only listens' },
    },
    {
      name: 'at rest, a model of its own meets what others have published once they have nothing left',
      given: facts({
        classifier: { rule: 'counts' },
        own: own(3, 3),
        others: [member('foundry', { adapters: 3, generation: 4 })],
        merge: merge(4),
        unmet: ['a', 'b'],
      }),
      expected: { kind: 'renew', others: ['a', 'b'] },
    },
    {
      name: 'at rest, a model of its own waits for those who will publish more, no longer than its patience',
      given: facts({
        classifier: { rule: 'counts' },
        own: own(3, 3),
        others: [member('foundry', { adapters: 2, generation: 4 })],
        merge: merge(4),
        unmet: ['a'],
      }),
      expected: { kind: 'wait', waitingFor: ['foundry'], until: 11_500 },
    },
    {
      name: 'a model of its own that has met all is left alone',
      given: facts({ classifier: { rule: 'counts' }, own: own(3, 3), merge: merge(4) }),
      expected: { kind: 'idle', text: 'all 3 contributions published' },
    },
    {
      name: 'waits for all members where the site says so',
      given: facts({
        own: own(2, 2),
        others: [member('foundry', { connected: false })],
        pacing: { contributionsPerTask: 3, waitFor: 'all', patienceMs: 7_000, maxStatistics: 2 },
      }),
      expected: { kind: 'wait', waitingFor: ['foundry'] },
    },
    {
      name: 'a member with no contributions left holds nobody up',
      given: facts({
        own: own(2, 8),
        others: [member('foundry', { adapters: 3, generation: 5 })],
        merge: merge(8),
      }),
      expected: { kind: 'train', generation: 9 },
    },
    {
      name: 'never trains on a merge that lacks something admitted',
      given: facts({
        own: own(1, 1),
        others: [member('foundry', { adapters: 1, generation: 1 })],
        merge: merge(1, false),
      }),
      expected: { kind: 'wait', until: null },
    },
    {
      name: 'waits with its statistics until everybody has used up contributions',
      given: facts({
        own: own(3, 3),
        others: [member('foundry', { adapters: 2, generation: 3 })],
        merge: merge(3),
      }),
      expected: { kind: 'wait', text: 'waiting for: foundry (contribution 3)', until: 11_500 },
    },
    {
      name: 'measures at the merged adapter',
      given: facts({
        own: own(3, 3),
        others: [member('foundry', { adapters: 3, generation: 3 })],
        merge: merge(3),
      }),
      expected: { kind: 'measure', anchor: 'adapter-3' },
    },
    {
      name: 'is idle once measured there',
      given: facts({ own: own(3, 3, ['adapter-3']), merge: merge(3) }),
      expected: { kind: 'idle' },
    },
    {
      name: 'measures again when a latecomer has moved the adapter',
      given: facts({
        own: own(3, 3, ['adapter-2']),
        others: [member('foundry', { adapters: 3, generation: 3 })],
        merge: merge(3),
      }),
      expected: { kind: 'measure', anchor: 'adapter-3' },
    },
    {
      name: 'keeps the last statistic for the adapter that nobody is left to move, however long that takes',
      given: facts({
        now: 1e9,
        own: own(3, 3, ['adapter-2']),
        others: [member('foundry', { adapters: 1, generation: 1 })],
        merge: merge(3),
      }),
      expected: { kind: 'wait', until: null },
    },
    {
      name: 'is idle where it has measured, whoever still works',
      given: facts({
        own: own(3, 3, ['adapter-3']),
        others: [member('foundry', { adapters: 1, generation: 1 })],
        merge: merge(3),
      }),
      expected: { kind: 'idle' },
    },
    {
      name: 'patience starts again when a straggler has moved the adapter',
      given: facts({
        now: 11_400,
        own: own(3, 3),
        others: [member('foundry', { adapters: 2, generation: 2 })],
        merge: merge(3),
      }),
      expected: { kind: 'wait', waitingFor: ['foundry'], until: 11_500 },
    },
    {
      name: 'measures when a straggler has taken too long',
      given: facts({
        now: 11_500,
        own: own(3, 3),
        others: [member('foundry', { adapters: 2, generation: 2 })],
        merge: merge(3),
      }),
      expected: { kind: 'measure', anchor: 'adapter-3' },
    },
    {
      name: 'measures at most as often as allowed',
      given: facts({ own: own(3, 3, ['adapter-1', 'adapter-2']), merge: merge(3) }),
      expected: { kind: 'idle' },
    },
    {
      name: 'frozen features are measured once, before training',
      given: facts({ classifier: { rule: 'analytic', features: 'frozen', ridge: 0.01 } }),
      expected: { kind: 'measure', anchor: null },
    },
    {
      name: 'frozen features are not measured again',
      given: facts({
        classifier: { rule: 'analytic', features: 'frozen', ridge: 0.01 },
        own: own(3, 3, [null]),
        merge: merge(3),
      }),
      expected: { kind: 'idle' },
    },
    {
      name: 'class counts need no statistics',
      given: facts({ classifier: { rule: 'counts' }, own: own(3, 3), merge: merge(3) }),
      expected: { kind: 'idle' },
    },
    {
      name: 'what failed on this merge is not tried on it again',
      given: facts({
        own: { ...own(1, 1), stuck: { action: 'train', on: 'merge-1', reason: 'the loss is NaN' } },
        merge: merge(1),
      }),
      expected: { kind: 'stuck' },
    },
    {
      name: 'what failed on an older merge is tried on the newest',
      given: facts({
        own: { ...own(1, 1), stuck: { action: 'train', on: 'merge-1', reason: 'the loss is NaN' } },
        merge: merge(2),
      }),
      expected: { kind: 'train', base: 'merge-2' },
    },
    {
      name: 'a refused statistic is named, not tried again',
      given: facts({
        own: { adapters: 3, generation: 3, anchors: [], statisticsRefused: 'below-floor', stuck: null },
        merge: merge(3),
      }),
      expected: { kind: 'idle', text: 'all 3 contributions published; no statistics (below-floor)' },
    },
  ]

for (const { name, given, expected } of table) {
  test(`schedule: ${name}`, () => {
    const decision = nextAction(given)
    assert.deepEqual({ ...decision, ...expected }, decision)
  })
}
