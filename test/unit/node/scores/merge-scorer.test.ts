import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Candidate } from '../../../../src/node/serving/serving-desk.ts'
import type { MergeSource, NewestMerge } from '../../../../src/node/merge-source.ts'
import { silentLogger } from '../../../../src/node/logger.ts'
import { HeldOutResults } from '../../../../src/node/scores/held-out-results.ts'
import { MergeScorer, type MergeScorerInit } from '../../../../src/node/scores/merge-scorer.ts'
import { ScoreBook } from '../../../../src/node/scores/score-book.ts'
import type { EvaluatedModel, PassOptions, Score, SiteTrainer } from '../../../../src/training/index.ts'

const TASKS = [
  { id: null, classes: ['a', 'b'] },
  { id: 'd'.repeat(64), classes: ['b', 'c'] },
  { id: 'e'.repeat(64), classes: ['x'] },
]
const FIRST = '1'.repeat(64)
const SECOND = '2'.repeat(64)
const tensor = (...data: number[]) => ({ shape: [data.length], data: Float32Array.from(data) })
const right = (correct: number, count: number): Score => ({ correct, count })

interface Pass {
  readonly models: readonly EvaluatedModel[]
  readonly classes: PassOptions['classes']
}

/** A scorer over a trainer whose held-out samples are counted by class, and whose scores are given. */
async function scorer(
  given: {
    held?: readonly number[]
    tasks?: boolean
    fails?: boolean
    trainFraction?: number
    scoreMerges?: boolean
    renew?: () => Promise<void>
    signal?: AbortSignal
  } = {},
) {
  const { held = [4, 4, 4, 4], tasks = true, fails = false, trainFraction = 0.7, scoreMerges = true, signal = new AbortController().signal } = given // prettier-ignore
  const dir = await mkdtemp(join(tmpdir(), 'peermerge-scorer-'))
  const file = join(dir, 'scores.json')
  const book = await ScoreBook.open({ file, charter: FIRST, carried: new Set(), logger: silentLogger() })
  const passes: Pass[] = []
  const told: string[] = []
  const offered: Candidate[] = []
  const merge: { newest: MergeSource['newest']; isCurrent: boolean } = { newest: undefined, isCurrent: true }
  const trainer = {
    sites: [{ heldOut: { classCounts: held } }],
    evaluate: (models: readonly EvaluatedModel[], split: string, { classes }: PassOptions) => {
      if (fails) return Promise.reject(new Error('no memory'))
      assert.equal(split, 'heldOut')
      passes.push({ models, classes })
      const perClass = [right(1, 4), right(2, 4), right(3, 4), right(0, 0)]
      return Promise.resolve(models.map(() => ({ perClass, right: Uint8Array.of(1, 0) })))
    },
  } as unknown as SiteTrainer
  const results = new HeldOutResults()
  const made = new MergeScorer({
    site: { spec: { classes: tasks ? ['a', 'b', 'c', 'x'] : ['a', 'b', 'c'], ...(tasks && { tasks: TASKS }) }, config: { data: '/data', trainFraction, scoreMerges }, paths: { merges: '/merges' } },
    store: { get: (id: string) => ({ header: { task: tasks && id === '2' ? TASKS[1]!.id : null } }) },
    merge,
    trainer: { use: (_: AbortSignal, job: (one: SiteTrainer) => unknown) => job(trainer) },
    results,
    book,
    problems: { failed: (what: string, error: Error) => told.push(`${what}: ${error.message}`) },
    signal,
    ...(given.renew && { own: { renew: given.renew } }),
    serving: { consider: (candidate: Candidate) => void offered.push(candidate) },
    onScored: (digest: string) => told.push(`scored ${digest.slice(0, 1)}`),
  } as unknown as MergeScorerInit) // prettier-ignore
  const remove = (): Promise<void> => rm(dir, { recursive: true })
  return { scorer: made, merge, book, passes, told, offered, trainer, results, [Symbol.asyncDispose]: remove }
}

function merged(digest: string, ...cut: string[]): NewestMerge {
  const classifier = { weight: tensor(1, 1, 1, 1), bias: tensor(1, 1, 1, 1) }
  return { result: { adapter: new Map(), adapterSpec: {}, classifier }, summary: { digest, cut } } as unknown as NewestMerge // prettier-ignore
}

test('one pass for all tasks of a merge, in which classes of others do not compete', async () => {
  await using one = await scorer()
  one.merge.newest = merged(FIRST, '1', '2')
  assert.ok(one.scorer.isDue)
  await one.scorer.run()
  assert.equal(one.passes.length, 1)
  assert.deepEqual(one.passes[0]!.classes, [0, 1, 2])
  assert.ok(one.passes[0]!.models[0]!.classifier.bias.data[3]! < -1e8)
  assert.deepEqual(
    one.book.records.map(({ task, now }) => [task, now.correct, now.count]),
    [
      [null, 3, 8],
      [TASKS[1]!.id, 5, 8],
    ],
  )
  assert.deepEqual([one.told, one.scorer.isDue], [['scored 1'], false])
  const [{ kind, digest, file, rows, model }] = one.offered as [Candidate]
  assert.deepEqual({ kind, digest, file, rows }, { kind: 'merged', digest: FIRST, file: `/merges/${FIRST}.safetensors`, rows: [0, 1, 2] }) // prettier-ignore
  assert.equal(model, one.merge.newest.result)
})

test('a merge is scored once, also after a restart, and one that is being replaced is left out', async () => {
  await using one = await scorer()
  assert.equal(one.scorer.isDue, false)
  one.merge.newest = merged(FIRST, '1')
  one.merge.isCurrent = false
  assert.equal(one.scorer.isDue, false)
  one.merge.newest = merged(SECOND, '1', '2')
  one.merge.isCurrent = true
  await one.scorer.run()
  assert.equal(one.book.merge, SECOND)
  assert.equal(one.scorer.isDue, false)
})

test('without a held-out sample of what is in the merge there is no pass; without any at all, or where the site says so, no look', async () => {
  await using gone = await scorer({ held: [0, 0, 0, 4] })
  gone.merge.newest = merged(FIRST, '1')
  await gone.scorer.run()
  assert.deepEqual([gone.passes, gone.book.merge, gone.book.records], [[], FIRST, []])
  await using none = await scorer({ trainFraction: 1 })
  none.merge.newest = merged(FIRST, '1')
  assert.equal(none.scorer.isDue, false)
  await using off = await scorer({ scoreMerges: false })
  off.merge.newest = merged(FIRST, '1')
  assert.equal(off.scorer.isDue, false)
})

test('a failure is named once, and tried again with the next merge', async () => {
  await using one = await scorer({ fails: true })
  one.merge.newest = merged(FIRST, '1')
  await one.scorer.run()
  assert.deepEqual([one.told, one.scorer.isDue], [['score: no memory'], false])
  one.merge.newest = merged(SECOND, '1')
  assert.ok(one.scorer.isDue)
})

test('a site’s own means are part of it: cut short, both are begun again; a failure of theirs takes no score', async () => {
  const stop = new AbortController()
  const renew = (): Promise<void> => {
    stop.abort()
    return Promise.reject(stop.signal.reason as Error)
  }
  await using cut = await scorer({ renew, signal: stop.signal })
  cut.merge.newest = merged(FIRST, '1')
  await cut.scorer.run()
  assert.deepEqual([cut.book.merge, cut.scorer.isDue, cut.told], [null, true, []])
  await using failing = await scorer({ renew: () => Promise.reject(new Error('a chunk has rotted')) })
  failing.merge.newest = merged(FIRST, '1')
  await failing.scorer.run()
  assert.deepEqual([failing.book.merge, failing.told], [FIRST, ['own-means: a chunk has rotted', 'scored 1']]) // prettier-ignore
})

test('the pass of a score serves the publishing gate where training starts from that merge, and only there', async () => {
  await using one = await scorer({ tasks: false })
  const { adapter, classifier } = (one.merge.newest = merged(FIRST, '1')).result
  await one.scorer.run()
  const trained = { adapter: new Map(), classifier }
  const both = await one.results.evaluate(one.trainer, [{ adapter, classifier }, trained], undefined, {})
  assert.equal(both.length, 2)
  assert.deepEqual(one.passes.map(({ models }) => models.length), [1, 1]) // prettier-ignore
  assert.equal(one.passes[1]!.models[0]!.adapter, trained.adapter)
  await one.results.evaluate(one.trainer, [{ adapter, classifier }], [0, 1], {})
  const another = { ...one.trainer } // its data may be others
  await one.results.evaluate(another, [{ adapter, classifier }], undefined, {})
  assert.equal(one.passes.length, 4)
})
