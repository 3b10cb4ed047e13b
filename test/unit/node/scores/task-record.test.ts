import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forgotten, meanForgetting } from '../../../../src/node/scores/forgetting.ts'
import { accuracyOf } from '../../../../src/node/scores/score-sums.ts'
import { nextRecords, type ScoredTask, type TaskRecord } from '../../../../src/node/scores/task-record.ts'
import { tasksInMerge } from '../../../../src/node/scores/tasks-in-merge.ts'

const TASKS = [
  { id: null, classes: ['a', 'b'] },
  { id: 't1', classes: ['b', 'c'] },
  { id: 't2', classes: ['d'] },
]
const SPEC = { classes: ['a', 'b', 'c', 'd'], tasks: TASKS }

/** A merge, by the contributions to each task in it, and how much of ten samples of each is right. */
interface Step {
  readonly cut: Readonly<Record<string, string>>
  readonly right: Readonly<Record<string, number>>
}

/** What a site knows after having scored these merges one after the other. */
function after(...steps: readonly Step[]): ReadonlyMap<string | null, TaskRecord> {
  let records: readonly TaskRecord[] = []
  for (const [i, { cut, right }] of steps.entries()) {
    const tasks = tasksInMerge(SPEC, Object.keys(cut), (id) => (cut[id] === '' ? null : cut[id]))
    const found: ScoredTask[] = tasks.map(({ task, own, others }) => {
      const correct = right[task ?? '']
      return {
        task,
        own,
        others,
        score: correct === undefined ? { correct: 0, count: 0 } : { correct, count: 10 },
      }
    })
    records = nextRecords(records, `merge ${i}`, found)
  }
  return new Map(records.map((record) => [record.task, record]))
}

function lost(record: TaskRecord | undefined): number {
  return Math.round(10 * forgotten({ end: accuracyOf(record!.end), now: accuracyOf(record!.now) }))
}

test('tasks one after the other: what each has lost since its last merge of its own', () => {
  const records = after(
    { cut: { 1: '' }, right: { '': 6 } },
    { cut: { 2: '' }, right: { '': 9 } },
    { cut: { 2: '', 3: 't1' }, right: { '': 7, t1: 5 } },
    { cut: { 2: '', 4: 't1' }, right: { '': 4, t1: 8 } },
    { cut: { 2: '', 4: 't1', 5: 't2' }, right: { '': 5, t1: 9, t2: 3 } },
  )
  assert.equal(lost(records.get(null)), 4)
  assert.deepEqual(records.get(null)!.end, { merge: 'merge 1', correct: 9, count: 10 })
  assert.equal(lost(records.get('t1')), -1)
  assert.equal(lost(records.get('t2')), 0)
})

test('the last merge of a task counts as its end, not the best, while no other comes in between', () => {
  const records = after({ cut: { 1: '' }, right: { '': 9 } }, { cut: { 2: '' }, right: { '': 7 } })
  assert.equal(records.get(null)!.end.correct, 7)
})

test('a latecomer does not hide what was lost before it came', () => {
  const lostBefore: Step[] = [
    { cut: { 1: '' }, right: { '': 9 } },
    { cut: { 1: '', 2: 't1' }, right: { '': 4, t1: 5 } },
  ]
  const worse = after(...lostBefore, { cut: { 1: '', 2: 't1', 3: '' }, right: { '': 6, t1: 5 } })
  assert.equal(lost(worse.get(null)), 3)
  const better = after(...lostBefore, { cut: { 1: '', 2: 't1', 3: '' }, right: { '': 10, t1: 5 } })
  assert.equal(lost(better.get(null)), 0)
})

test('a task whose held-out samples are gone keeps its last figures and says so', () => {
  const records = after({ cut: { 1: '' }, right: { '': 9 } }, { cut: { 1: '', 2: 't1' }, right: { t1: 5 } })
  const { now, isMeasurable } = records.get(null)!
  assert.deepEqual([now, isMeasurable], [{ merge: 'merge 0', correct: 9, count: 10 }, false])
  const back = after(
    { cut: { 1: '' }, right: { '': 9 } },
    { cut: { 1: '', 2: 't1' }, right: { t1: 5 } },
    { cut: { 1: '', 3: 't1' }, right: { '': 8, t1: 5 } },
  )
  assert.deepEqual([back.get(null)!.isMeasurable, lost(back.get(null))], [true, 1])
})

test('tasks of which a merge has nothing are not scored, and what is not known here is of none', () => {
  const tasks = tasksInMerge(SPEC, ['1', '2'], (id) => (id === '1' ? 't1' : undefined))
  assert.deepEqual(tasks.map(({ task, rows }) => [task, rows]), [['t1', [1, 2]]]) // prettier-ignore
  const alone = tasksInMerge({ classes: ['a', 'b'] }, ['1'], () => null)
  assert.deepEqual(alone.map(({ task, rows }) => [task, rows]), [[null, [0, 1]]]) // prettier-ignore
})

test('the mean is over the tasks that are given, and of none there is none', () => {
  assert.equal(meanForgetting([]), undefined)
  const mean = meanForgetting([{ end: 0.9, now: 0.5 }, { end: 0.5, now: 0.7 }]) // prettier-ignore
  assert.ok(Math.abs(mean! - 0.1) < 1e-12)
})
