import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstChain, formatAgenda, parseAgenda, type Agenda } from '../../../../src/merge/index.ts'
import type { LedgerRoster } from '../../../../src/node/roster.ts'
import { ownIn, stagedSource, type StagedSourceInit } from '../../../../src/node/staged/staged-source.ts'
import type { StoredContribution } from '../../../../src/node/types.ts'
import { stagedSpec } from '../../merge/staged/two-sites.ts'

const spec = stagedSpec()
const [ONE, TWO] = ['1'.repeat(64), '2'.repeat(64)] as const

const kept = (
  id: string,
  peer: string,
  round: number | null,
  state: StoredContribution['state'] = 'admitted',
): StoredContribution => ({ id, state, header: { peer, round } }) as unknown as StoredContribution

function source(stored: readonly StoredContribution[], change: Partial<StagedSourceInit> = {}) {
  const list = (...states: readonly string[]): StoredContribution[] =>
    [...stored].sort((a, b) => (a.id < b.id ? -1 : 1)).filter(({ state }) => states.includes(state))
  const store = { list, get: (id: string) => stored.find((one) => one.id === id) }
  const roster = {
    members: [{ id: 'p', contributes: true }, { id: 'q' }, { id: 'r', contributes: false }],
    charter: 'c',
    counting: () => store,
  }
  return stagedSource({
    staged: spec.staged!,
    store,
    roster: roster as unknown as LedgerRoster,
    chain: () => firstChain(spec),
    tasks: () => [],
    hasNothing: () => false,
    ...change,
  })
}

const at = (round: number, agenda: Agenda) =>
  ({ round, agenda: formatAgenda(agenda) }) as Parameters<ReturnType<typeof source>['agenda']>[0]

test('of a round only what is whole and here counts; of two by one author everybody takes the same', () => {
  const one = source([kept('b', 'p', 4), kept('a', 'p', 4), kept('c', 'q', 4, 'fetching'), kept('d', 'q', 3), kept('e', 'q', null)]) // prettier-ignore
  assert.deepEqual([...one.held(4)], [['p', 'a']])
  assert.deepEqual([...one.held(3)], [['q', 'd']])
  assert.deepEqual([one.isHeld('a'), one.isHeld('c'), one.isHeld('z')], [true, false, false])
})

test('who only listens votes in no round', () => {
  assert.deepEqual(source([]).members(), ['p', 'q'])
})

test('who lags behind in merging proposes nothing to follow', () => {
  assert.equal(source([]).agenda(at(1, { task: null, step: 1 })), null)
  assert.equal(source([]).agenda(at(0, { task: null, step: 0 })), 'charter/1')
})

test('finished tasks are not begun again, and opened ones follow in the order of their opening', () => {
  const first = firstChain(spec)
  const ended = [{ ...first.state, task: ONE, grams: [] }]
  const at9 = source([], { chain: () => ({ ...first, round: 9, ended }), tasks: () => [ONE, TWO] })
  assert.deepEqual(parseAgenda(at9.agenda(at(9, { task: null, step: 2 }))!), { task: TWO, step: 0 })
  assert.equal(at9.agenda(at(9, { task: TWO, step: 2 })), 'idle')
  const nothing = source([], { chain: () => ({ ...first, round: 9, agenda: null, ended }), tasks: () => [ONE] }) // prettier-ignore
  assert.equal(nothing.agenda(at(9, null)), null, 'waits for a task')
})

test('a site is asked of the step of a task; of a round about nothing it has nothing', () => {
  const asked: unknown[] = []
  const one = source([], { hasNothing: (...step) => asked.push(step) > 1 })
  assert.equal(one.hasNothing(at(0, { task: ONE, step: 1 })), false)
  assert.equal(one.hasNothing(at(0, { task: ONE, step: 2 })), true)
  assert.deepEqual(asked, [[ONE, 'train'], [ONE, 'end']]) // prettier-ignore
  assert.equal(one.hasNothing(at(3, null)), true)
})

test('an own contribution is there as soon as it is kept, whole or not', () => {
  const stored = [kept('a', 'p', 1), kept('b', 'q', 1)]
  const store = { list: () => stored }
  assert.equal(ownIn(1, 'q', store)?.id, 'b')
  assert.equal(ownIn(2, 'q', store), undefined)
})
