import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { tagOfTask } from '../../../../src/gossip/index.ts'
import { consortiumScores, type SiteScores } from '../../../../src/node/scores/consortium-scores.ts'

const MOST = 1000
const FIRST = tagOfTask(null)
const LATER = tagOfTask('ab'.repeat(32))

function site(peer: string, merge: string, correct: number, count: number, task = FIRST): SiteScores {
  return { peer, merge, tasks: [{ task, correct, count, endCorrect: correct, endCount: count }] }
}

test('counts are added up, so that a site with more samples says more', () => {
  const said = [site('a', 'm', 90, 100), site('b', 'm', 1, 10), site('c', 'm', 5, 5, LATER)]
  const { merge, sites, tasks } = consortiumScores(said, null, MOST)!
  assert.deepEqual([merge, sites], ['m', 3])
  assert.deepEqual(tasks.get(FIRST), { now: { correct: 91, count: 110 }, end: { correct: 91, count: 110 }, sites: 2 }) // prettier-ignore
  assert.equal(tasks.get(LATER)!.sites, 1)
})

test('scores of different merges are not added up: the merge that most have scored counts', () => {
  const said = [site('a', 'new', 1, 1), site('b', 'old', 2, 2), site('c', 'old', 3, 3)]
  assert.equal(consortiumScores(said, 'new', MOST)!.merge, 'old')
  assert.equal(consortiumScores(said, 'new', MOST)!.tasks.get(FIRST)!.now.count, 5)
})

test('of merges that as many have scored it is the own one, else the same one for everybody', () => {
  const said = [site('a', 'x', 1, 1), site('b', 'y', 2, 2)]
  assert.equal(consortiumScores(said, 'y', MOST)!.merge, 'y')
  assert.equal(consortiumScores(said, 'z', MOST)!.merge, 'x')
  assert.equal(consortiumScores([...said].reverse(), null, MOST)!.merge, 'x')
})

test('nothing is made of nothing', () => {
  assert.equal(consortiumScores([], 'm', MOST), undefined)
})

test('a liar with a merge of its own changes no figure, and more samples than the charter allows do not count', () => {
  const honest = [site('a', 'm', 90, 100), site('b', 'm', 80, 100)]
  const truth = consortiumScores(honest, 'm', MOST)!
  assert.deepEqual(consortiumScores([...honest, site('liar', 'invented', 0, 900)], 'm', MOST), truth)
  const boasting = consortiumScores([...honest, site('liar', 'm', 0, MOST + 1)], 'm', MOST)!
  assert.deepEqual(boasting.tasks, truth.tasks)
})

test('whatever is said: everybody makes the same of it, in any order, and nothing beyond 0 to 1', () => {
  const said = fc.array(
    fc.record({
      peer: fc.string(),
      merge: fc.constantFrom('x', 'y', 'z'),
      tasks: fc.uniqueArray(
        fc.record({ task: fc.constantFrom(FIRST, LATER), count: fc.integer({ min: 1, max: 2000 }), share: fc.double({ min: 0, max: 1, noNaN: true }) }), // prettier-ignore
        { selector: ({ task }) => task },
      ),
    }),
  )
  fc.assert(
    fc.property(said, fc.constantFrom('x', 'y', null), (all, own) => {
      const sites = all.map(({ tasks, ...one }) => ({
        ...one,
        tasks: tasks.map(({ task, count, share }) => {
          const correct = Math.floor(share * count)
          return { task, correct, count, endCorrect: correct, endCount: count }
        }),
      }))
      const made = consortiumScores(sites, own, MOST)
      assert.deepEqual(consortiumScores([...sites].reverse(), own, MOST), made)
      for (const { now, sites: of } of made?.tasks.values() ?? []) {
        assert.ok(now.correct <= now.count && of <= made!.sites)
      }
    }),
    { seed: 11, numRuns: 300 },
  )
})
