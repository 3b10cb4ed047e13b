import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AnswerTally } from '../../../../src/node/predict/score-answers.ts'

const CLASSES = ['ant', 'bee', 'cat', 'dog']

/** Counts answers as pairs of a sample's class and its answer. */
function tallied(
  pairs: readonly (readonly [number, number])[],
  rows: readonly number[],
  tasks?: readonly { readonly id: string | null; readonly classes: readonly string[] }[],
) {
  const tally = new AnswerTally({ classes: CLASSES, rows, tasks })
  for (const [label, answer] of pairs)
    tally.add(
      label,
      Float64Array.from(CLASSES, (_, row) => (row === answer ? 0.7 : 0.1)),
    )
  return tally.scores()
}

describe('scores of answers', () => {
  it('say how often each class was found, what was taken for it, and what for what', () => {
    const found = tallied([[0, 0], [0, 0], [0, 1], [1, 1], [3, 0]], [0, 1, 2, 3]) // prettier-ignore
    assert.deepEqual([found.correct, found.count, found.accuracy], [3, 5, 0.6])
    assert.equal(found.balancedAccuracy, (2 / 3 + 1 + 0) / 3)
    assert.deepEqual(found.confusion, [[2, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]]) // prettier-ignore
    assert.deepEqual(found.classes, [
      { label: 'ant', correct: 2, count: 3, accuracy: 2 / 3, precision: 2 / 3 },
      { label: 'bee', correct: 1, count: 1, accuracy: 1, precision: 0.5 },
      { label: 'cat', correct: 0, count: 0, accuracy: null, precision: null },
      { label: 'dog', correct: 0, count: 1, accuracy: 0, precision: null },
    ])
  })

  it('are of tasks and classes that compete; a class of two tasks counts in both', () => {
    const tasks = [{ id: null, classes: ['ant', 'bee'] }, { id: 'x', classes: ['bee', 'cat'] }, { id: 'y', classes: ['dog'] }] // prettier-ignore
    const found = tallied([[0, 1], [1, 1], [2, 2], [2, 0]], [0, 1, 2], tasks) // prettier-ignore
    assert.deepEqual(found.tasks, [
      { task: null, correct: 1, count: 2, accuracy: 0.5 },
      { task: 'x', correct: 2, count: 3, accuracy: 2 / 3 },
    ])
    assert.deepEqual(found.classes.map(({ label }) => label), ['ant', 'bee', 'cat']) // prettier-ignore
  })

  it('of nothing are no numbers', () => {
    const { accuracy, balancedAccuracy, count } = tallied([], [0, 1, 2, 3])
    assert.deepEqual([accuracy, balancedAccuracy, count], [null, null, 0])
  })
})
