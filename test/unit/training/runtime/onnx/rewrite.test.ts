import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as g from '../../../../../src/training/graph/index.ts'
import type { Value } from '../../../../../src/training/graph/index.ts'
import { foldScales } from '../../../../../src/training/runtime/onnx/rewrite/fold-scales.ts'
import { shareErf } from '../../../../../src/training/runtime/onnx/rewrite/share-erf.ts'
import { uniteEquals } from '../../../../../src/training/runtime/onnx/rewrite/unite-equals.ts'
import { programOf } from '../../../../../src/training/runtime/program.ts'
import type { Program } from '../../../../../src/training/runtime/program.ts'
import { assertClose } from '../../../../helpers/assert-close.ts'
import { floats, uniform } from '../../../../helpers/random-data.ts'
import { randomGraph } from '../../../../helpers/random-graph.ts'
import { evaluateInDoubles } from '../../../../helpers/reference-evaluator.ts'

const ROUNDING = 1e-7 // factors that move into a frozen addend are rounded to f32

const random = uniform(5)
const x = g.input('x', [4, 3])
const y = g.input('y', [4, 5])
const frozen = (...shape: number[]): Value => g.constant(floats(g.sizeOf(shape), random), shape)
const w = frozen(3, 5)
const feeds = { x: floats(12, random), y: floats(20, random) }

function count({ order }: Program, op: g.Operator): number {
  return order.filter((value) => value.op === op).length
}

/** The outputs of a program after a change equal those before. */
function changed(outputs: Record<string, Value>, change: (program: Program) => Program): Program {
  const before = programOf(outputs)
  const after = change(before)
  const [expected, actual] = [before, after].map((program) =>
    evaluateInDoubles(
      program.outputs.map(([, value]) => value),
      feeds,
    ),
  )
  expected!.forEach(({ shape, data }, i) => {
    assert.deepEqual(actual![i]!.shape, shape)
    assertClose(actual![i]!.data, data, ROUNDING, `output ${i}`)
  })
  return after
}

describe('a factor', () => {
  const absorbed: readonly (readonly [what: string, build: () => Value])[] = [
    ['of a product', () => g.scaled(g.matmul(x, w), 0.3)],
    ['of a product with a frozen addend', () => g.scaled(g.add(g.matmul(x, w), frozen(5)), -1.7)],
    ['of a factor of a product', () => g.matmul(g.scaled(x, 0.3), w)],
    [
      'through an elementwise product',
      () => g.matmul(g.mul(g.scaled(g.exp(y), 0.3), y), w, { transposeB: true }),
    ],
    [
      'through a transpose and a reshape',
      () => g.matmul(g.transpose(g.reshape(g.scaled(g.exp(y), 0.3), [5, 4])), w, { transposeB: true }),
    ],
    ['of a factor', () => g.matmul(g.scaled(g.scaled(g.exp(x), 3), 0.4), w)],
  ]
  for (const [what, build] of absorbed) {
    it(`${what} moves into the matmul`, () => {
      const after = changed({ result: build() }, foldScales)
      const multiplications = after.order.filter(
        (value) => value.op === 'mul' && value.inputs.some(({ op }) => op === 'fill'),
      )
      assert.deepEqual(multiplications, [])
      assert.equal(count(after, 'matmul'), 1)
    })
  }

  const kept: readonly (readonly [what: string, build: () => Record<string, Value>])[] = [
    [
      'of a product that is read elsewhere',
      () => {
        const product = g.matmul(x, w)
        return { product, result: g.exp(g.scaled(product, 0.3)) }
      },
    ],
    [
      'of a product whose sum is scaled, where the product is read elsewhere',
      () => {
        const product = g.matmul(x, w)
        return { other: g.exp(product), result: g.scaled(g.add(product, frozen(5)), 0.3) }
      },
    ],
    ['of an output', () => ({ result: g.scaled(x, 0.3) })],
    [
      'that not only matmuls read',
      () => {
        const scaled = g.scaled(g.exp(x), 0.3)
        return { product: g.matmul(scaled, w), sum: g.sum(g.exp(scaled)) }
      },
    ],
    [
      'of rows, which would move to what they are stretched to',
      () => ({ result: g.matmul(g.mul(x, g.scaled(g.sum(g.exp(x), [1], true), 0.3)), w) }),
    ],
  ]
  for (const [what, build] of kept) {
    it(`${what} stays`, () => {
      const outputs = build()
      const after = changed(outputs, foldScales)
      assert.equal(count(after, 'mul'), count(programOf(outputs), 'mul'))
      assert.equal(count(after, 'matmul'), count(programOf(outputs), 'matmul'))
    })
  }
})

describe('a gelu', () => {
  it('shares the erf of its derivative', () => {
    const loss = g.sum(g.matmul(g.gelu(g.add(g.matmul(x, w), frozen(5))), frozen(5, 2)))
    const [slope] = g.gradients(loss, [x])
    const after = changed({ loss, slope: slope! }, (program) => foldScales(uniteEquals(shareErf(program))))
    assert.equal(count(after, 'gelu'), 0)
    assert.equal(count(after, 'erf'), 1)
  })

  it('without derivative stays one operator', () => {
    const after = changed({ result: g.gelu(x), other: g.erf(g.scaled(x, 0.5)) }, shareErf)
    assert.equal(count(after, 'gelu'), 1)
  })
})

describe('equal Values', () => {
  it('become one', () => {
    const after = changed({ result: g.add(g.exp(g.neg(x)), g.exp(g.neg(x))) }, uniteEquals)
    assert.equal(count(after, 'exp'), 1)
    assert.equal(count(after, 'neg'), 1)
  })

  it('are not those that differ in an attribute, an input or in frozen data', () => {
    const outputs = {
      axes: g.add(g.sum(x, [0], true), g.sum(x, [0, 1], true)),
      transposed: g.add(g.matmul(x, x, { transposeB: true }), g.matmul(x, x, { transposeB: true, scale: 2 })),
      frozen: g.add(g.mul(x, frozen(3)), g.mul(x, frozen(3))),
      filled: g.concat([g.fill([1], NaN), g.fill([1], Infinity), g.fill([1], -Infinity)], 0),
    }
    const after = uniteEquals(programOf(outputs))
    assert.equal(after.order.length, programOf(outputs).order.length)
  })
})

describe('random graphs with their gradients', () => {
  for (let seed = 101; seed <= 160; seed++) {
    it(`are the same after all changes, seed ${seed}`, () => {
      const graph = randomGraph(uniform(seed), 12)
      const program = programOf({
        result: graph.result,
        ...Object.fromEntries(
          g.gradients(graph.result, graph.inputs).map((slope, i) => [`slope${i}`, slope]),
        ),
      })
      const after = foldScales(uniteEquals(shareErf(program)))
      const [expected, actual] = [program, after].map(({ outputs }) =>
        evaluateInDoubles(
          outputs.map(([, value]) => value),
          graph.feeds,
        ),
      )
      expected!.forEach(({ data }, i) => assertClose(actual![i]!.data, data, 1e-6, `output ${i}`))
    })
  }
})
