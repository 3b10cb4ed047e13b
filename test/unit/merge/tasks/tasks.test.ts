import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mergeContributions } from '../../../../src/merge/merge.ts'
import { validateHeader } from '../../../../src/merge/admit/validate-header.ts'
import { validateMergeSpec } from '../../../../src/merge/admit/validate-spec.ts'
import { rowsOf, rowsOfTask, withTasks } from '../../../../src/merge/tasks/class-rows.ts'
import type { ContributionView, MergeResult, MergeSpec } from '../../../../src/merge/types.ts'
import {
  admitted,
  ANCHOR,
  CHARTER,
  everySpec,
  makeContribution,
  makeSpec,
  TASK,
  withTask,
} from '../fixtures.ts'

const OTHER = 'e'.repeat(64)
const ANALYTIC = { rule: 'analytic', features: 'frozen', ridge: 1e-2 } as const
const merge = (spec: MergeSpec, views: readonly ContributionView[]): MergeResult =>
  mergeContributions(spec, { charter: CHARTER }, views)

const rowOf = ({ classifier }: MergeResult, row: number): number[] => {
  const width = classifier.weight.shape[1]!
  return [...classifier.weight.data.subarray(row * width, (row + 1) * width), classifier.bias.data[row]!]
}

test('rows are the charter’s classes as they stand, then the others by label, whatever came first', () => {
  const spec = makeSpec()
  const tasks = [
    { id: TASK, classes: ['burr', 'dent', 'pit'] },
    { id: OTHER, classes: ['Zinc', 'pit', 'äther'] },
  ]
  const whole = withTasks(spec, tasks)
  assert.deepEqual(whole.classes, ['crack', 'dent', 'stain', 'Zinc', 'burr', 'pit', 'äther'])
  assert.deepEqual(withTasks(spec, tasks.toReversed()), whole)
  assert.deepEqual(rowsOfTask(whole, OTHER), [3, 5, 6])
  assert.deepEqual(validateMergeSpec(whole), whole)
  assert.equal(withTasks(spec, []), spec)
})

test('a task with more classes than a classifier may have is left out; one that fits after it is not', () => {
  const huge = Array.from({ length: 4096 }, (_, i) => `class ${String(i).padStart(4, '0')}`)
  const whole = withTasks(makeSpec(), [{ id: OTHER, classes: huge }, { id: TASK, classes: ['pit'] }]) // prettier-ignore
  assert.deepEqual(whole.tasks?.map(({ id }) => id), [null, TASK]) // prettier-ignore
})

test('a spec whose rows are not those of its tasks is refused', () => {
  const spec = withTask(makeSpec())
  assert.throws(() => validateMergeSpec({ ...spec, classes: spec.classes.toReversed() }), { code: 'ERR_MERGE_SPEC' }) // prettier-ignore
  assert.throws(() => validateMergeSpec({ ...spec, tasks: spec.tasks?.toReversed() }), { code: 'ERR_MERGE_SPEC' }) // prettier-ignore
  assert.deepEqual(rowsOf([]), [])
})

test('a contribution to a task that nobody has opened is refused by name', () => {
  const { header } = makeContribution({ spec: withTask(makeSpec()), peer: 'peer-a', header: { task: TASK } })
  const judged = validateHeader(makeSpec(), header)
  assert.deepEqual(judged.ok ? '' : judged.reason, 'unknown-task')
})

test('a class of two tasks is one class: its row is the mean of all who hold it, by their samples of it', () => {
  const spec = withTask(makeSpec({ decay: 1 }))
  const first = admitted({ spec, peer: 'peer-a', header: { classCounts: [6, 4, 6], count: 16 } })
  const second = admitted({
    spec,
    peer: 'peer-b',
    header: { task: TASK, classCounts: [8, 12, 0], count: 20 },
  })
  const result = merge(spec, [first, second])
  const own = (view: ContributionView, row: number): number[] => [
    ...view.tensor('classifier/weight').data.subarray(row * 4, row * 4 + 4),
    view.tensor('classifier/bias').data[row]!,
  ]
  assert.deepEqual(rowOf(result, 0), own(first, 0)) // crack, of the first alone
  assert.deepEqual(rowOf(result, 3), own(second, 0)) // burr, of the second alone
  assert.deepEqual(rowOf(result, 4), [0, 0, 0, 0, 0]) // pit, which nobody has samples of
  const dent = own(first, 1).map((value, i) => Math.fround((4 * value + 12 * own(second, 1)[i]!) / 16))
  rowOf(result, 1).forEach((value, i) => assert.ok(Math.abs(value - dent[i]!) < 1e-6))
})

for (const [name, plain] of everySpec()) {
  const spec = withTask(plain)
  test(`${name}: whoever has no row for a class says nothing of it, and what a task alone says of its own stays`, () => {
    const header = { sequence: 1, task: TASK }
    const views = ['peer-a', 'peer-b'].map((peer) => admitted({ spec, peer }))
    const others = ['peer-c', 'peer-d'].map((peer) => admitted({ spec, peer, header }))
    const whole = merge(spec, [...views, ...others])
    const [alone, later] = [merge(spec, views), merge(spec, others)]
    for (const row of [0, 2]) assert.deepEqual(rowOf(whole, row), rowOf(alone, row), `row ${row}`)
    for (const row of [3, 4]) assert.deepEqual(rowOf(whole, row), rowOf(later, row), `row ${row}`)
    assert.notDeepEqual(rowOf(whole, 1), rowOf(alone, 1))
    assert.deepEqual(rowOf(alone, 3), [0, 0, 0, 0, 0])
  })
}

test('analytic on frozen features: any split of the samples over tasks and sites gives the regression of all', () => {
  const spec = withTask(makeSpec({ classifier: ANALYTIC }), ['burr', 'dent'])
  const statistics = { kind: 'statistics', anchor: null } as const
  const views = [
    admitted({ spec, peer: 'peer-a', header: statistics }),
    admitted({ spec, peer: 'peer-a', seed: 'x', header: { ...statistics, sequence: 2, task: TASK } }),
    admitted({ spec, peer: 'peer-b', header: { ...statistics, task: TASK } }),
  ]
  const result = merge(spec, views)
  const expected = ridgeOf(spec, views)
  const actual = [...spec.classes.keys()].map((row) => rowOf(result, row))
  actual.flat().forEach((value, i) => {
    assert.ok(Math.abs(value - expected.flat()[i]!) < 1e-5 * Math.max(1, Math.abs(value)), `entry ${i}`)
  })
  fc.assert(
    fc.property(fc.shuffledSubarray(views, { minLength: 3 }), (order) => {
      assert.deepEqual(merge(spec, order).digests, result.digests)
    }),
    { seed: 5 },
  )
})

test('classes that nobody could measure under the anchor have trained rows and are named', () => {
  const spec = withTask(makeSpec({ classifier: { ...ANALYTIC, features: 'merged' } }))
  const old = admitted({ spec, peer: 'peer-a' })
  const later = admitted({ spec, peer: 'peer-b', header: { task: TASK, classCounts: [8, 12, 0], count: 20 } })
  const measured = admitted({
    spec,
    peer: 'peer-b',
    header: {
      sequence: 2,
      task: TASK,
      kind: 'statistics',
      classCounts: [8, 12, 0],
      count: 20,
      anchor: ANCHOR,
    },
  })
  const result = merge(spec, [old, later, measured])
  assert.deepEqual(result.classifierSource, { rule: 'analytic', anchor: ANCHOR, count: 20, byCounts: ['crack', 'stain'] }) // prettier-ignore
  assert.deepEqual(rowOf(result, 0), [...old.tensor('classifier/weight').data.subarray(0, 4), old.tensor('classifier/bias').data[0]!]) // prettier-ignore
  assert.deepEqual(rowOf(result, 4), [0, 0, 0, 0, 0]) // pit
})

/** Normal equations by Gaussian elimination, written down anew. */
function ridgeOf(spec: MergeSpec, views: readonly ContributionView[]): number[][] {
  const size = spec.features + 1
  const left = Array.from({ length: size }, () => new Array<number>(size).fill(0))
  const right = Array.from({ length: size }, () => new Array<number>(spec.classes.length).fill(0))
  for (const view of views) {
    const rows = rowsOfTask(spec, view.header.task)
    const gram = view.tensor('classifier/gram').data
    const cross = view.tensor('classifier/cross').data
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) left[i]![j]! += gram[(Math.max(i, j) * (Math.max(i, j) + 1)) / 2 + Math.min(i, j)]! // prettier-ignore
      rows.forEach((row, own) => (right[i]![row]! += cross[i * rows.length + own]!))
    }
  }
  const trace = left.reduce((sum, row, i) => sum + (i < spec.features ? row[i]! : 0), 0)
  for (let i = 0; i < spec.features; i++) left[i]![i]! += (ANALYTIC.ridge * trace) / spec.features
  for (let p = 0; p < size; p++) {
    for (let i = 0; i < size; i++) {
      if (i === p) continue
      const factor = left[i]![p]! / left[p]![p]!
      for (let j = 0; j < size; j++) left[i]![j]! -= factor * left[p]![j]!
      for (let c = 0; c < spec.classes.length; c++) right[i]![c]! -= factor * right[p]![c]!
    }
  }
  return spec.classes.map((_, c) => Array.from({ length: size }, (_, i) => right[i]![c]! / left[i]![i]!))
}
