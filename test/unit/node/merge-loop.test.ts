import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MergeResult } from '../../../src/merge/index.ts'
import { CorruptChunkError } from '../../../src/node/errors.ts'
import { MergeLoop } from '../../../src/node/merge-loop.ts'
import type { ContributionFiles } from '../../../src/node/merge-jobs.ts'
import type { MergeSummary, NodeStore, StoredContribution } from '../../../src/node/types.ts'

/** A store of bare ids, a merge that takes a turn of the event loop and is named after its cut. */
function loopOver(ids: string[], merge?: (cut: readonly string[]) => Promise<void>) {
  const controller = new AbortController()
  const cuts: string[] = []
  const told: MergeSummary[] = []
  const problems: unknown[] = []
  const nothings: boolean[] = []
  const kept = (id: string): StoredContribution =>
    ({
      id,
      header: { peer: `peer of ${id}`, payload: { chunks: [id] } },
      state: 'admitted',
    }) as unknown as StoredContribution
  const store = {
    list: () => ids.map(kept),
    pathsOf: () => [],
    dropChunk: (digest: string) => Promise.resolve(ids.splice(ids.indexOf(digest), 1)),
  } as unknown as NodeStore
  const loop = new MergeLoop({
    store,
    merges: {
      merge: async (contributions: readonly ContributionFiles[]) => {
        const cut = contributions.map(({ id }) => id)
        cuts.push(cut.join(' '))
        await merge?.(cut)
        await new Promise((resolve) => setImmediate(resolve))
        return { digests: { merge: cut.join(' ') }, cut } as unknown as MergeResult
      },
    },
    signal: controller.signal,
    save: () => Promise.resolve(),
    onMerged: (summary) => told.push(summary),
    onNothing: () => nothings.push(loop.isCurrent),
    onProblem: (error) => problems.push(error),
  })
  return { loop, cuts, told, problems, nothings, controller, ids }
}

test('a burst of arrivals ends in one merge of all of them', async () => {
  const { loop, cuts, ids } = loopOver(['a'])
  loop.request()
  ids.push('b')
  loop.request()
  ids.push('c')
  loop.request()
  assert.equal(loop.isCurrent, false)
  await loop.idle()
  assert.ok(cuts.length <= 2, `${cuts.length} merges`)
  assert.equal(loop.newest?.summary.digest, 'a b c')
  assert.equal(loop.isCurrent, true)
})

test('what arrives during a merge is merged after it, without a request of its own', async () => {
  const given = loopOver(['a'], (cut) => {
    if (cut.length === 1) given.ids.push('b')
    return Promise.resolve()
  })
  given.loop.request()
  await given.loop.idle()
  assert.deepEqual(given.cuts, ['a', 'a b'])
})

test('nothing admitted is no merge, and that is told, as a schedule waits for the word', async () => {
  const { loop, cuts, nothings } = loopOver([])
  loop.request()
  await loop.idle()
  assert.equal(loop.newest, undefined)
  assert.equal(loop.isCurrent, true)
  assert.deepEqual(cuts, [])
  assert.deepEqual(nothings, [true])
})

test('a rotten chunk puts its contribution aside, and the rest is merged', async () => {
  const { loop, problems } = loopOver(['a', 'b'], (cut) =>
    cut.includes('a') ? Promise.reject(new CorruptChunkError('a', 'short')) : Promise.resolve(),
  )
  loop.request()
  await loop.idle()
  assert.equal(loop.newest?.summary.digest, 'b')
  assert.deepEqual(problems, [])
})

test('a failing merge is told and leaves the last one standing; the next request tries again', async () => {
  let broken = false
  const { loop, problems, controller, ids } = loopOver(['a'], () =>
    broken ? Promise.reject(new Error('no memory')) : Promise.resolve(),
  )
  loop.request()
  await loop.idle()
  broken = true
  ids.push('b')
  loop.request()
  await loop.idle()
  assert.equal(problems.length, 1)
  assert.equal(loop.newest?.summary.digest, 'a')
  assert.equal(loop.isCurrent, false)
  broken = false
  loop.request()
  await loop.idle()
  assert.equal(loop.newest.summary.digest, 'a b')
  controller.abort()
})
