import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContributionState } from '../../../src/gossip/index.ts'
import type { ContributionHeader } from '../../../src/merge/index.ts'
import { silentLogger } from '../../../src/node/logger.ts'
import { Retention, type RetentionInit } from '../../../src/node/retention.ts'
import type { StoredContribution } from '../../../src/node/types.ts'

const SIZE = 100

type Kept = StoredContribution & { state: ContributionState; acknowledged?: boolean }

function made(peer: string, sequence: number, changes: Partial<ContributionHeader> = {}): Kept {
  const payload = { digest: '', size: SIZE, chunks: [] }
  const header = {
    peer,
    sequence,
    generation: sequence,
    task: null,
    round: null,
    phase: null,
    kind: 'adapter',
    anchor: null,
    payload,
    ...changes,
  }
  return {
    id: `${peer}${sequence}`,
    header: header as unknown as ContributionHeader,
    state: 'admitted',
    reason: null,
  }
}

function retentionOver(all: Kept[], changes: Partial<RetentionInit> = {}) {
  const told = { pruned: [] as string[], needed: [] as string[] }
  const retention = new Retention({
    policy: 'drop',
    self: 'me',
    logger: silentLogger(),
    store: {
      get: (id) => all.find((one) => one.id === id),
      list: (...states) => all.filter(({ state }) => states.includes(state)),
      setVerdict: (id, state) => Promise.resolve(void (all.find((one) => one.id === id)!.state = state)),
    },
    inUse: () => new Set(),
    behindMerges: () => Promise.resolve({ kept: new Set(), pinned: new Set() }),
    onPruned: (ids) => told.pruned.push(...ids),
    onNeeded: (ids) => told.needed.push(...ids),
    ...changes,
  })
  /** As a merge would choose: `cut` counts, the rest is superseded. */
  const merged = (cut: readonly string[], equivocating: readonly string[] = []) =>
    retention.merged(
      { cut, equivocating },
      all.filter(({ state }) => state === 'admitted'),
    )
  const states = () => Object.fromEntries(all.map(({ id, state }) => [id, state]))
  return { retention, merged, states, told }
}

test('what newer ones supersede is let go; what counts or equivocates never is', async () => {
  const { merged, states, told } = retentionOver([made('a', 1), made('a', 2), made('b', 1), made('c', 1)])
  await merged(['a2', 'b1'], ['c1'])
  assert.deepEqual(states(), { a1: 'pruned', a2: 'admitted', b1: 'admitted', c1: 'admitted' })
  assert.deepEqual(told.pruned, ['a1'])
})

test('an own contribution that nobody else holds stays until somebody does', async () => {
  const own = made('me', 1)
  const { merged, states } = retentionOver([own, made('me', 2)])
  await merged(['me2'])
  assert.equal(states().me1, 'admitted')
  own.acknowledged = true
  await merged(['me2'])
  assert.equal(states().me1, 'pruned')
})

test('what kept merges were made of stays, and so does everything where the site says keep', async () => {
  const behindMerges = () => Promise.resolve({ kept: new Set(['a1']), pinned: new Set<string>() })
  const kept = retentionOver([made('a', 1), made('a', 2), made('a', 3)], { behindMerges })
  await kept.merged(['a3'])
  assert.deepEqual(kept.states(), { a1: 'admitted', a2: 'pruned', a3: 'admitted' })
  await kept.retention.evict(1)
  assert.equal(kept.states().a1, 'pruned', 'but for want of room it goes')

  const all = retentionOver([made('a', 1), made('a', 2)], { policy: 'keep' })
  await all.merged(['a2'])
  await all.retention.evict(SIZE)
  assert.equal(all.states().a1, 'admitted')
})

test('for want of room the oldest go first, no more than needed, never pinned ones or those that a merge reads', async () => {
  const all = [5, 1, 4, 2, 3].map((number) => made('a', number))
  const behindMerges = () =>
    Promise.resolve({ kept: new Set(['a1', 'a2', 'a3', 'a4']), pinned: new Set(['a1']) })
  const { retention, merged, told } = retentionOver(all, { behindMerges, inUse: () => new Set(['a2']) })
  await merged(['a5'])
  assert.deepEqual(told.pruned, [])
  await retention.evict(SIZE)
  assert.deepEqual(told.pruned, ['a3'])
  await retention.evict(5 * SIZE)
  assert.deepEqual(told.pruned, ['a3', 'a4'])
})

test('before a merge nothing is known to be superseded', async () => {
  const { retention, states } = retentionOver([made('a', 1), made('a', 2)])
  await retention.evict(10 * SIZE)
  assert.equal(states().a1, 'admitted')
  assert.equal(retention.mayBeGone(made('a', 1)), false)
})

test('when the newer one is found to equivocate, the older one is wanted again', async () => {
  const all = [made('a', 1), made('a', 2)]
  const { merged, states, told } = retentionOver(all)
  await merged(['a2'])
  assert.equal(states().a1, 'pruned')
  all.push({ ...made('a', 2), id: 'lie' })
  await merged([], ['a2', 'lie'])
  assert.deepEqual([states().a1, told.needed], ['fetching', ['a1']])
})

test('an older one is wanted again also where a yet newer one stands, as it may hold units that the newest lacks', async () => {
  const all = [made('a', 1), made('a', 2), made('a', 3)]
  const { merged, told } = retentionOver(all)
  await merged(['a2', 'a3'])
  all.push({ ...made('a', 2), id: 'lie' })
  await merged(['a3'], ['a2', 'lie'])
  assert.deepEqual(told.needed, ['a1'])
})

test('what may never count again is not fetched back', async () => {
  const all = [made('a', 1), made('a', 2)]
  const { merged, told } = retentionOver(all, { counts: () => false })
  await merged(['a2'])
  all[1]!.state = 'rejected'
  await merged([])
  assert.deepEqual(told.needed, [])
})

test('another task, kind or anchor supersedes nothing', async () => {
  const { retention, merged } = retentionOver([
    made('a', 5),
    made('a', 7, { kind: 'statistics', anchor: 'x' }),
  ])
  await merged(['a5', 'a7'])
  assert.equal(retention.mayBeGone(made('a', 4)), true)
  assert.equal(retention.mayBeGone(made('a', 6)), false)
  assert.equal(retention.mayBeGone(made('a', 4, { task: 'f'.repeat(64) })), false)
  assert.equal(retention.mayBeGone(made('a', 4, { kind: 'statistics', anchor: 'x' })), true)
  assert.equal(retention.mayBeGone(made('a', 4, { kind: 'statistics', anchor: 'y' })), false)
  assert.equal(retention.mayBeGone(made('b', 4)), false)
})
