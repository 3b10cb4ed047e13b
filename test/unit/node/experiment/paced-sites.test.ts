import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../../src/merge/index.ts'
import { pacedSites, type PacedEvent } from '../../../../src/node/experiment/run/paced-sites.ts'

const events = (contributions: number[], seed: string, dying?: number): PacedEvent[] => [
  ...pacedSites({ contributions, random: createRandom(seed), dying }),
]
const ends = (all: readonly PacedEvent[], site: number): PacedEvent[] =>
  all.filter((event) => event.kind === 'ends' && event.site === site)

test('every site contributes as often as it is to, each time on top of the newest generation that has arrived', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 8 }), fc.string(), (contributions, seed) => {
      const all = events(contributions, seed)
      contributions.forEach((wanted, site) => assert.equal(ends(all, site).length, wanted))
      let newest = 0
      const begun = new Map<number, number>()
      for (const { kind, site, generation } of all) {
        if (kind === 'begins') {
          assert.equal(generation, newest + 1)
          assert.ok(!begun.has(site), 'one contribution at a time')
          begun.set(site, generation)
        } else {
          assert.equal(begun.get(site), generation)
          begun.delete(site)
          newest = Math.max(newest, generation)
        }
      }
    }),
    { numRuns: 50, seed: 3 },
  )
})

test('sites end in another order than they began: nobody waits for all', () => {
  const order = events([3, 3, 3, 3], 'order').filter(({ kind }) => kind === 'ends').map(({ site }) => site) // prettier-ignore
  assert.notDeepEqual(order.slice(0, 4).sort(), order.slice(4, 8).sort())
})

test('a site that is gone after its first contribution holds up nobody', () => {
  const all = events([4, 4, 4], 'gone', 1)
  assert.deepEqual([0, 1, 2].map((site) => ends(all, site).length), [4, 1, 4]) // prettier-ignore
})

test('the same seed gives the same events', () => {
  assert.deepEqual(events([2, 3], 'same'), events([2, 3], 'same'))
})
