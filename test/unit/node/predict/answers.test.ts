import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { amongClasses } from '../../../../src/node/among-classes.ts'
import { answerOf } from '../../../../src/node/predict/answer.ts'
import { competingRows } from '../../../../src/node/predict/competing-rows.ts'
import { parseModelChoice } from '../../../../src/node/predict/model-choice.ts'
import { csvHead, csvRows } from '../../../../src/node/predict/render-answers.ts'
import { probabilities } from '../../../../src/training/passes/probabilities.ts'

const CLASSES = ['ant', 'bee', 'cat', 'dog']

/** Rows of two features. */
function classifier(...rows: readonly (readonly [number, number, number])[]) {
  return {
    weight: { shape: [rows.length, 2], data: Float32Array.from(rows.flatMap(([a, b]) => [a, b])) },
    bias: { shape: [rows.length], data: Float32Array.from(rows, ([, , bias]) => bias) },
  }
}

describe('probabilities', () => {
  it('are the softmax of the logits, also of very large ones', () => {
    const x = Float32Array.from([2, -1])
    const found = probabilities(classifier([1, 0, 0.5], [0, 1, 0], [-1, 2, 1]), x)
    const logits = [2.5, -1, -3]
    const sum = logits.reduce((total, z) => total + Math.exp(z), 0)
    for (const [row, z] of logits.entries()) assert.ok(Math.abs(found[row]! - Math.exp(z) / sum) < 1e-15)
    const [large, small] = probabilities(classifier([1e6, 0, 0], [0, 1e6, 0]), x)
    assert.deepEqual([large, small], [1, 0])
  })

  it('leave no share to classes that do not compete', () => {
    const all = classifier([1, 0, 0], [0, 0, 9], [0, 1, 0])
    const found = probabilities(amongClasses(all, [0, 2]), Float32Array.from([1, 2]))
    assert.equal(found[1], 0)
    assert.ok(Math.abs(found[0]! + found[2]! - 1) < 1e-15)
  })
})

describe('rows that can be an answer', () => {
  const rows = classifier([1, 0, 0], [0, 0, 0], [0, 0, 2], [0, 0, 0])

  it('are all where no tasks have been opened', () => {
    assert.deepEqual(competingRows(rows, CLASSES, undefined), [0, 1, 2, 3])
  })

  it('are those of tasks of which somebody has trained a row', () => {
    const own = { id: null, classes: ['ant', 'bee'] }
    assert.deepEqual(competingRows(rows, CLASSES, [own, { id: 'x', classes: ['dog'] }]), [0, 1])
    assert.deepEqual(competingRows(rows, CLASSES, [own, { id: 'x', classes: ['dog', 'cat'] }]), [0, 1, 2, 3])
    assert.deepEqual(competingRows(rows, CLASSES, [{ id: null, classes: ['bee'] }, { id: 'x', classes: ['cat', 'ant'] }]), [0, 2]) // prettier-ignore
  })
})

describe('an answer', () => {
  const model = { classes: CLASSES, rows: [0, 1, 3] }

  it('names the most likely classes of those that compete, the first of equals first', () => {
    const answer = answerOf(
      { probabilities: Float64Array.from([0.2, 0.4, 0, 0.4]), trust: 0.3 },
      'x',
      model,
      2,
    )
    const top = [{ label: 'bee', probability: 0.4 }, { label: 'dog', probability: 0.4 }] // prettier-ignore
    assert.deepEqual(answer, { ...top[0], top, trust: 0.3 })
  })

  it('is a row of values, quoted where it has to be; one that failed has its code', () => {
    const by = { kind: 'merged', digest: 'abc' } as const
    const columns = { top: 2, explain: true }
    assert.equal(csvHead(columns), 'input,label,probability,label 2,probability 2,trust,error,model,digest')
    const answer = answerOf({ probabilities: Float64Array.from([1, 0, 0, 0]), trust: 0.5 }, 'x', model, 2)
    const failed = answerOf({ code: 'ERR_INPUT_EMPTY', reason: 'is empty' }, 'stdin:2', model, 2)
    assert.deepEqual(failed, { error: { code: 'ERR_INPUT_EMPTY', message: 'stdin:2: is empty' } })
    const rows = csvRows([{ input: 'a,"b"', answer }, { input: 'stdin:2', answer: failed }], columns, by) // prettier-ignore
    assert.equal(rows, '"a,""b""",ant,1,bee,0,0.5,,merged,abc\nstdin:2,,,,,,ERR_INPUT_EMPTY,merged,abc')
  })
})

it('models are named as people write them', () => {
  assert.deepEqual(parseModelChoice('merged'), { kind: 'merged' })
  assert.deepEqual(parseModelChoice('merged:3f2a'), { kind: 'merged', digest: '3f2a' })
  assert.deepEqual(parseModelChoice('personal'), { kind: 'personal' })
  assert.deepEqual(parseModelChoice('./merged'), { kind: 'file', file: './merged' })
})
