import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AuthorQuota } from '../../../../src/gossip/contributions/author-quota.ts'
import { HandClock } from '../../../helpers/gossip/hand-clock.ts'

interface Entry {
  readonly id: string
  readonly peer: string
  readonly sequence: number
  readonly task: string
  readonly kind: 'adapter' | 'statistics'
}

const limits = { most: 6, rate: { perSecond: 1, burst: 2 }, authors: 10 }

function entry(sequence: number, task = '0', peer = 'a'): Entry {
  return { id: `${peer} ${task} ${sequence}`, peer, sequence, task, kind: 'adapter' }
}

/** What is left of these, entered in this order by a node that never asks for what has no place. */
function keptOf(entries: readonly Entry[]): string[] {
  const quota = new AuthorQuota(limits, new HandClock())
  const kept = new Set<string>()
  for (const one of entries) {
    if (!quota.hasPlace(one.id, one)) continue
    kept.add(one.id)
    for (const id of quota.enter(one.id, one)) kept.delete(id)
  }
  return [...kept].sort()
}

test('the newest stay, and an author who publishes without end keeps as many', () => {
  const entries = Array.from({ length: 1000 }, (_, i) => entry(i + 1))
  assert.deepEqual(
    keptOf(entries),
    [995, 996, 997, 998, 999, 1000].map((sequence) => entry(sequence).id).sort(),
  )
})

test('what was published for one task is not pushed out by thousands for another', () => {
  const flood = Array.from({ length: 100 }, (_, i) => entry(i + 2, '1'))
  assert.ok(keptOf([entry(1, '0'), ...flood]).includes(entry(1, '0').id))
})

test('one author takes no place of another', () => {
  const flood = Array.from({ length: 100 }, (_, i) => entry(i + 1))
  const other = [1, 2, 3].map((sequence) => entry(sequence, '0', 'b'))
  const kept = keptOf([...other, ...flood])
  for (const { id } of other) assert.ok(kept.includes(id))
})

test('what is kept hangs on the set alone, not on the order in which it came', () => {
  const some = fc.record({ sequence: fc.integer({ min: 1, max: 30 }), task: fc.constantFrom('0', '1', '2', '3'), salt: fc.integer({ min: 0, max: 1 }) }) // prettier-ignore
  const uniqueId = { selector: ({ sequence, task, salt }: { sequence: number; task: string; salt: number }) => `${sequence} ${task} ${salt}` } // prettier-ignore
  const sets = fc.uniqueArray(some, { maxLength: 40, ...uniqueId }).chain((set) => {
    const entries = set.map(({ sequence, task, salt }): Entry => ({ ...entry(sequence, task), id: `${task} ${sequence} ${salt}` })) // prettier-ignore
    return fc.tuple(fc.shuffledSubarray(entries, { minLength: entries.length }), fc.constant(entries))
  })
  fc.assert(
    fc.property(sets, ([shuffled, entries]) => {
      assert.deepEqual(keptOf(shuffled), keptOf(entries))
    }),
    { seed: 11, numRuns: 500 },
  )
})

test('who is faster than the rate waits', () => {
  const clock = new HandClock()
  const quota = new AuthorQuota(limits, clock)
  assert.deepEqual([quota.mayEnter('a'), quota.mayEnter('a'), quota.mayEnter('a')], [true, true, false])
  assert.equal(quota.mayEnter('b'), true)
  clock.advance(1000)
  assert.equal(quota.mayEnter('a'), true)
})
