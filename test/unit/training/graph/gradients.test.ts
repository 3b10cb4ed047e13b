import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as g from '../../../../src/training/graph/index.ts'
import type { Value } from '../../../../src/training/graph/index.ts'
import { computedInputs, topologicalOrder } from '../../../../src/training/graph/topological-order.ts'
import { assertClose } from '../../../helpers/assert-close.ts'
import { centralDifferences } from '../../../helpers/central-differences.ts'
import { floats, uniform } from '../../../helpers/random-data.ts'
import { evaluateInDoubles } from '../../../helpers/reference-evaluator.ts'

function count(values: readonly Value[], op: g.Operator): number {
  return topologicalOrder(values, computedInputs).filter((value) => value.op === op).length
}

describe('gradients', () => {
  const random = uniform(3)
  const weights = (rows: number, cols: number): Value => g.constant(floats(rows * cols, random), [rows, cols])

  it('compute nothing below the lowest Value asked for', () => {
    const x = g.input('x', [4, 3])
    const below = g.matmul(g.matmul(x, weights(3, 5)), weights(5, 5))
    const b = g.input('b', [5])
    const loss = g.sum(g.matmul(g.mul(below, b), weights(5, 2)))
    assert.equal(count([loss], 'matmul'), 3)
    assert.equal(count(g.gradients(loss, [b]), 'matmul'), 3, 'two forward to the factor of b, one back to b')
    assert.equal(count(g.gradients(loss, [x]), 'matmul'), 3, 'three back, none forward')
  })

  it('by an intermediate Value treat it as the variable', () => {
    const x = g.input('x', [2, 3])
    const middle = g.exp(x)
    const loss = g.sum(g.mul(middle, middle))
    const feeds = { x: floats(6, random) }
    const [byMiddle] = evaluateInDoubles(g.gradients(loss, [middle]), feeds)
    assertClose(
      byMiddle!.data,
      [...feeds.x].map((entry) => 2 * Math.exp(entry)),
      1e-12,
      'by the middle',
    )
  })

  it('by something that the loss does not depend on are 0', () => {
    const [slope] = g.gradients(g.sum(g.input('x', [3])), [g.input('y', [2, 5])])
    const [value] = evaluateInDoubles([slope!], {})
    assert.deepEqual(value, { shape: [2, 5], data: new Float64Array(10) })
  })

  it('by the loss itself are 1', () => {
    const loss = g.sum(g.input('x', [3]))
    assert.deepEqual(evaluateInDoubles(g.gradients(loss, [loss]), {})[0]!.data, Float64Array.of(1))
  })

  it('of a loss with several elements are refused', () => {
    const x = g.input('x', [3])
    assert.throws(() => g.gradients(g.exp(x), [x]), { code: 'ERR_SHAPE_MISMATCH' })
  })

  it('do not pass stopGradient', () => {
    const x = g.input('x', [3])
    const loss = g.sum(g.mul(x, g.stopGradient(g.exp(x))))
    const feeds = { x: floats(3, random) }
    const [slope] = evaluateInDoubles(g.gradients(loss, [x]), feeds)
    assertClose(slope!.data, [...feeds.x].map(Math.exp), 1e-12, 'only the first factor')
  })

  it('of differentiateAs are those of the surrogate, which is never computed', () => {
    const x = g.input('x', [3])
    const loss = g.sum(g.differentiateAs(g.exp(x), g.tanh(g.scaled(x, 2))))
    assert.equal(count([loss], 'tanh'), 0)
    const feeds = { x: floats(3, random) }
    const [value, slope] = evaluateInDoubles([loss, ...g.gradients(loss, [x])], feeds)
    assertClose(
      value!.data,
      [[...feeds.x].reduce((total, entry) => total + Math.exp(entry), 0)],
      1e-12,
      'value',
    )
    assertClose(
      slope!.data,
      [...feeds.x].map((entry) => 2 / Math.cosh(2 * entry) ** 2),
      1e-12,
      'slope',
    )
  })

  it('can be differentiated again', () => {
    const x = g.input('x', [2, 5])
    const [gamma, beta] = [g.constant(floats(5, random), [5]), g.constant(floats(5, random), [5])]
    const y = g.softmax(g.layerNorm(g.gelu(x), gamma, beta, 1e-3))
    const [slope] = g.gradients(g.sum(g.mul(y, g.constant(floats(10, random), [2, 5]))), [x])
    const curvature = g.sum(g.mul(slope!, g.constant(floats(10, random), [2, 5])))
    const feeds = { x: floats(10, random) }
    const [second] = evaluateInDoubles(g.gradients(curvature, [x]), feeds)
    assertClose(second!.data, centralDifferences(curvature, feeds, 'x'), 1e-6, 'second derivative')
  })

  it('of ten thousand operators in a row do not exhaust the stack', () => {
    const x = g.input('x', [2])
    let y: Value = x
    for (let i = 0; i < 10_000; i++) y = g.add(y, x)
    const [slope] = evaluateInDoubles(g.gradients(g.sum(y), [x]), { x: [0.5, -0.5] })
    assert.deepEqual(slope!.data, Float64Array.of(10_001, 10_001))
  })
})
