import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { differentiate, OPERATORS } from '../../../../src/training/graph/derivatives.ts'
import * as g from '../../../../src/training/graph/index.ts'
import type { Operator, Shape, Value } from '../../../../src/training/graph/index.ts'
import { sameShape } from '../../../../src/training/graph/shape.ts'
import { computedInputs, topologicalOrder } from '../../../../src/training/graph/topological-order.ts'
import { operatorCases } from './operator-cases.ts'
import { prepareCase } from './prepare-case.ts'

/** What the cases of operators.test.ts leave out. A new operator without cases fails here. */

interface Use {
  readonly value: Value
  /** Whether a slope is measured through it. */
  readonly isVaried: boolean
}

const uses = operatorCases.flatMap((operatorCase): Use[] => {
  const { inputs, result } = prepareCase(operatorCase)
  const varied = new Set<Value>(inputs)
  return topologicalOrder([result], computedInputs).map((value) => {
    if (computedInputs(value).some((input) => varied.has(input))) varied.add(value)
    return { value, isVaried: varied.has(value) }
  })
})

const usesOf = (operator: Operator): Use[] => uses.filter(({ value }) => value.op === operator)
const SOURCES = new Set<Operator>(['input', 'constant', 'fill'])
const STRETCHING: readonly Operator[] = ['add', 'sub', 'mul', 'div', 'equal', 'greater', 'where', 'matmul']

describe('the cases of every operator', () => {
  for (const operator of OPERATORS) {
    it(operator, () => {
      const mine = usesOf(operator)
      assert.ok(mine.length > 0, `no case uses ${operator}; add one to operator-cases.ts`)
      if (SOURCES.has(operator)) return
      const operands = mine.flatMap(({ value }) => value.inputs.map(({ shape }) => shape))
      assert.ok(operands.some(isOblong), `${operator}: no operand has two different axes longer than 1`)
      assert.ok(
        operands.some((shape) => shape.includes(1)),
        `${operator}: no operand has an axis of length 1`,
      )
      if (isFlat(mine[0]!.value)) return
      assert.ok(
        mine.some(({ isVaried }) => isVaried),
        `${operator}: no slope is measured through it`,
      )
    })
  }

  for (const operator of STRETCHING) {
    it(`${operator} stretch each operand, by new axes and along those of length 1`, () => {
      const mine = usesOf(operator).map(({ value }) => value)
      mine[0]!.inputs.forEach((_, i) => {
        const pairs = mine.map((value) => [
          leading(operator, value.inputs[i]!.shape),
          leading(operator, value.shape),
        ])
        const what = `operand ${i} of ${operator}`
        assert.ok(
          pairs.some(([from, to]) => from!.length < to!.length),
          `${what} gets no new axis`,
        )
        assert.ok(
          pairs.some(([from, to]) => from!.some((size, at) => size === 1 && to!.at(at - from!.length)! > 1)),
          `${what} has no axis of length 1 that grows`,
        )
      })
    })
  }
})

/** The axes that stretch: those before the two of the matrices. */
function leading(operator: Operator, shape: Shape): Shape {
  return operator === 'matmul' ? shape.slice(0, -2) : shape
}

function isOblong(shape: Shape): boolean {
  const long = shape.filter((size) => size > 1)
  return (
    long.length > 1 &&
    !sameShape(
      long,
      long.map(() => long[0]!),
    )
  )
}

/** Whether an operator passes no gradient to any of its inputs. */
function isFlat(value: Value): boolean {
  return differentiate(value, g.fill(value.shape, 1)).every((gradient) => gradient === undefined)
}
