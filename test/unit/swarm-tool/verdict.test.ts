import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holds, isComplete, judge, type Told } from '../../../scripts/swarm-tool/verdict.ts'
import { hasCaughtUp } from '../../../scripts/swarm-tool/chaos/wait-for.ts'
import type { SiteStatus } from '../../../scripts/swarm-tool/site-status.ts'

interface Say {
  readonly own: number
  readonly others?: Readonly<Record<string, number>>
  readonly digest?: string
  readonly done?: boolean
  readonly equivocating?: readonly string[]
}

function told(name: string, { own, others = {}, digest = 'd', done = true, equivocating = [] }: Say): Told {
  const members = Object.entries({ [name]: own, ...others }).map(([of, adapters]) => ({
    name: of,
    adapters,
    statistics: 0,
  }))
  const status = {
    name,
    own: { adapters: own, statistics: 0, target: 3 },
    members,
    merge: { digest, equivocating },
    done,
  }
  return { site: name, status: status as unknown as NonNullable<Told['status']> }
}

test('it holds where everybody is done, has everything once and the same merge', () => {
  const verdict = judge([told('a', { own: 2, others: { b: 3 } }), told('b', { own: 3, others: { a: 2 } })])
  assert.deepEqual([...verdict.made.values()], [2, 3])
  assert.ok(holds(verdict) && isComplete(verdict))
})

test('what somebody has not is lost, also what its author has forgotten itself', () => {
  const lacks = judge([told('a', { own: 2, others: { b: 1 } }), told('b', { own: 3, others: { a: 2 } })])
  assert.deepEqual(lacks.lost, ['a lacks 2 of b'])
  const stranger = judge([told('a', { own: 2 }), told('b', { own: 3, others: { a: 2 } })])
  assert.deepEqual(stranger.lost, ['a lacks 3 of b'])
  const forgotten = judge([told('a', { own: 2 })], new Map([['a', 4]]))
  assert.deepEqual(forgotten.lost, ['a lacks 2 of a'])
  for (const verdict of [lacks, stranger, forgotten]) assert.equal(holds(verdict), false)
})

test('what somebody counts twice is duplicated, and so is a number that was given twice', () => {
  const twice = judge([told('a', { own: 2, others: { b: 4 } }), told('b', { own: 3, others: { a: 2 } })])
  assert.deepEqual(twice.duplicated, ['a counts 1 too many of b'])
  const number = judge([told('a', { own: 2, equivocating: ['x', 'y'] })])
  assert.equal(number.duplicated.length, 1)
  assert.ok(!holds(twice) && !holds(number))
})

test('it does not hold with two merges, without one, while somebody works or says nothing', () => {
  const both = (a: Partial<Say>): Told[] => [told('a', { own: 1, others: { b: 1 }, ...a }), told('b', { own: 1, others: { a: 1 } })] // prettier-ignore
  assert.ok(holds(judge(both({}))))
  assert.ok(!holds(judge(both({ digest: 'e' }))))
  assert.ok(!holds(judge(both({ done: false }))))
  assert.ok(!holds(judge([...both({}), { site: 'c', status: null }])))
  assert.ok(!holds(judge([])))
})

test('caught up is who has what was made before; what is made since may be on its way', () => {
  const before = new Map([
    ['a', 1],
    ['b', 2],
  ])
  const caughtUp = hasCaughtUp(before)
  const look = (...sites: Told[]): boolean => caughtUp(judge(sites), sites as SiteStatus[])
  assert.ok(look(told('a', { own: 5, others: { b: 2 } }), told('b', { own: 2, others: { a: 1 } })))
  assert.ok(!look(told('a', { own: 5, others: { b: 1 } }), told('b', { own: 2, others: { a: 1 } })))
  assert.ok(!look(told('a', { own: 1, others: { b: 2 } }), { site: 'b', status: null }))
})
