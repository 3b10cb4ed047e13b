import * as g from '../../../../src/training/graph/index.ts'
import type { Value } from '../../../../src/training/graph/index.ts'
import { oddShapeCases } from './odd-shape-cases.ts'
import type { OperatorCase } from './operator-case.ts'

const positive = [0.3, 2.6] as const

/** Every operator on odd, unequal shapes, with broadcasting and batch 1. */
export const operatorCases: readonly OperatorCase[] = [
  ...oddShapeCases,
  {
    name: 'add',
    shapes: [
      [3, 5],
      [3, 5],
    ],
    build: g.add,
  },
  {
    name: 'add, both stretched',
    shapes: [
      [3, 1, 2],
      [5, 1],
    ],
    build: g.add,
  },
  { name: 'add, to a scalar', shapes: [[2, 3], []], build: g.add },
  { name: 'sub', shapes: [[7], [4, 1]], build: g.sub },
  {
    name: 'mul',
    shapes: [
      [2, 3, 5],
      [3, 1],
    ],
    build: g.mul,
  },
  { name: 'mul by itself', shapes: [[2, 3]], build: (a) => g.mul(a, a) },
  {
    name: 'mul of a stretched operand',
    shapes: [
      [3, 1],
      [3, 4],
    ],
    build: (a, b) => g.mul(g.broadcastTo(a, [3, 4]), b),
  },
  {
    name: 'mul of two stretched operands',
    shapes: [
      [3, 1],
      [3, 1],
    ],
    build: (a, b) => g.mul(g.broadcastTo(a, [3, 4]), g.broadcastTo(b, [3, 4])),
  },
  {
    name: 'mul of a stretched operand by a number of full size',
    shapes: [[3, 1]],
    build: (a) => g.mul(g.broadcastTo(a, [2, 3, 4]), g.fill([2, 3, 4], 1.3)),
  },
  { name: 'scaled', shapes: [[3, 2]], build: (a) => g.scaled(a, -1.3) },
  {
    name: 'div',
    shapes: [
      [2, 1, 5],
      [3, 1],
    ],
    range: positive,
    build: g.div,
  },
  { name: 'neg', shapes: [[5]], build: g.neg },
  { name: 'exp', shapes: [[3, 5]], build: g.exp },
  { name: 'log', shapes: [[3, 5]], range: positive, build: g.log },
  { name: 'sqrt', shapes: [[3, 5]], range: positive, build: g.sqrt },
  { name: 'tanh', shapes: [[3, 5]], build: g.tanh },
  { name: 'erf', shapes: [[3, 7]], range: [-3.1, 3.1], build: g.erf },
  { name: 'relu', shapes: [[5, 5]], build: g.relu },
  { name: 'gelu', shapes: [[3, 37]], range: [-5.1, 4.9], build: g.gelu },
  {
    name: 'matmul',
    shapes: [
      [3, 5],
      [5, 2],
    ],
    build: (a, b) => g.matmul(a, b),
  },
  {
    name: 'matmul, a transposed',
    shapes: [
      [5, 3],
      [5, 2],
    ],
    build: (a, b) => g.matmul(a, b, { transposeA: true }),
  },
  {
    name: 'matmul, tall and thin, a transposed',
    shapes: [
      [3, 19],
      [3, 2],
    ],
    build: (a, b) => g.matmul(a, b, { transposeA: true, scale: 1.2 }),
  },
  {
    name: 'matmul, tall and thin, both transposed',
    shapes: [
      [3, 19],
      [2, 3],
    ],
    build: (a, b) => g.matmul(a, b, { transposeA: true, transposeB: true }),
  },
  {
    name: 'matmul, b transposed and scaled',
    shapes: [
      [3, 5],
      [2, 5],
    ],
    build: (a, b) => g.matmul(a, b, { transposeB: true, scale: -0.7 }),
  },
  {
    name: 'matmul, both transposed',
    shapes: [
      [2, 5, 3],
      [2, 7, 5],
    ],
    build: (a, b) => g.matmul(a, b, { transposeA: true, transposeB: true }),
  },
  {
    name: 'matmul, one matrix for a batch',
    shapes: [
      [4, 3, 5],
      [5, 2],
    ],
    build: (a, b) => g.matmul(a, b),
  },
  {
    name: 'matmul, batch axes that stretch each other',
    shapes: [
      [2, 1, 3, 5],
      [4, 7, 5],
    ],
    build: (a, b) => g.matmul(a, b, { transposeB: true }),
  },
  {
    name: 'matmul of a row',
    shapes: [
      [1, 1, 5],
      [1, 5, 3],
    ],
    build: (a, b) => g.matmul(a, b),
  },
  { name: 'reshape', shapes: [[3, 4]], build: (a) => g.reshape(a, [2, -1, 3]) },
  { name: 'transpose', shapes: [[2, 3, 5]], build: (a) => g.transpose(a, [2, 0, 1]) },
  { name: 'transpose of two axes', shapes: [[2, 3]], build: (a) => g.transpose(a) },
  { name: 'slice', shapes: [[4, 5, 2]], build: (a) => g.slice(a, [1, 0, 0], [3, 3, 2]) },
  { name: 'sliceAxis', shapes: [[4, 5]], build: (a) => g.sliceAxis(a, -1, 3, 4) },
  {
    name: 'slices that tile',
    shapes: [[2, 6]],
    build: (a) => g.add(g.sliceAxis(a, 1, 3, 6), g.exp(g.sliceAxis(a, 1, 0, 3))),
  },
  {
    name: 'slices that overlap',
    shapes: [[2, 6]],
    build: (a) => g.add(g.sliceAxis(a, 1, 2, 6), g.exp(g.sliceAxis(a, 1, 0, 4))),
  },
  { name: 'pad', shapes: [[2, 3]], build: (a) => g.pad(a, [1, 0], [4, 5]) },
  {
    name: 'concat',
    shapes: [
      [2, 3],
      [2, 1],
      [2, 2],
    ],
    build: (...all) => g.concat(all, 1),
  },
  { name: 'concat of one tensor twice', shapes: [[2, 3]], build: (a) => g.concat([a, g.exp(a), a], 0) },
  { name: 'sum of one axis', shapes: [[2, 3, 5]], build: (a) => g.sum(a, [1]) },
  { name: 'sum of two axes, kept', shapes: [[2, 3, 5]], build: (a) => g.sum(a, [0, -1], true) },
  { name: 'sum of all', shapes: [[2, 3]], build: (a) => g.sum(a) },
  { name: 'mean', shapes: [[2, 3, 5]], build: (a) => g.mean(a, [1]) },
  { name: 'max of one axis', shapes: [[3, 5]], build: (a) => g.max(a, [1]) },
  { name: 'max of all, kept', shapes: [[3, 5]], build: (a) => g.max(a, undefined, true) },
  { name: 'broadcastTo', shapes: [[3, 1]], build: (a) => g.broadcastTo(a, [2, 3, 4]) },
  { name: 'softmax', shapes: [[2, 3, 7]], build: g.softmax },
  { name: 'logSoftmax', shapes: [[3, 7]], build: g.logSoftmax },
  {
    name: 'layerNorm',
    shapes: [[2, 3, 7], [7], [7]],
    build: (x, gamma, beta) => g.layerNorm(x, gamma, beta, 1e-3),
  },
  {
    name: 'layerNorm, frozen scale and shift',
    shapes: [[1, 9]],
    build: (x) => g.layerNorm(x, ramp(9, 0.3), ramp(9, -0.2), 1e-5),
  },
  {
    name: 'gather',
    shapes: [[5, 3]],
    integers: [{ shape: [2, 4], below: 5 }],
    build: (table, indices) => g.gather(table, indices),
  },
  {
    name: 'scatterAdd',
    shapes: [[7, 2, 2]],
    integers: [{ shape: [7], below: 3 }],
    build: (updates, indices) => g.scatterAdd(indices, updates, 5),
  },
  {
    name: 'oneHot',
    shapes: [[3, 4]],
    integers: [{ shape: [3], below: 6 }], // two of six are outside of the four classes
    build: (a, indices) => g.mul(a, g.oneHot(indices, 4)),
  },
  {
    name: 'where',
    shapes: [[3, 5], [5]],
    integers: [{ shape: [3, 1], below: 2 }],
    build: (a, b, condition) => g.where(condition, a, b),
  },
  {
    name: 'greater',
    shapes: [
      [3, 5],
      [3, 1],
    ],
    build: (a, b) => g.mul(g.cast(g.greater(a, b), 'f32'), a),
  },
  {
    name: 'equal',
    shapes: [[3, 5]],
    integers: [
      { shape: [5], below: 3 },
      { shape: [3, 1], below: 3 },
    ],
    build: (a, left, right) => g.mul(g.cast(g.equal(left, right), 'f32'), a),
  },
  {
    name: 'cast down and up',
    shapes: [[3, 5]],
    build: (a) => g.mul(a, g.cast(g.cast(g.scaled(a, 3), 'i32'), 'f32')),
  },
  { name: 'linear', shapes: [[2, 3, 5], [4, 5], [4]], build: (x, w, b) => g.linear(x, w, b) },
  {
    name: 'lowRankLinear',
    shapes: [
      [2, 3, 5],
      [2, 5],
      [4, 2],
    ],
    build: (x, a, b) =>
      g.lowRankLinear(x, g.reshape(ramp(20, 0.1), [4, 5]), ramp(4, 0.2), { a, b, scale: 1.5 }),
  },
  {
    name: 'crossEntropy of i32 labels',
    shapes: [[4, 3]],
    integers: [{ shape: [4], below: 3 }],
    build: (logits, labels) => g.crossEntropy(logits, labels),
  },
  {
    name: 'crossEntropy of soft labels with sample weights',
    shapes: [[4, 3], [4, 3], [4]],
    range: positive,
    build: (logits, labels, weights) => g.crossEntropy(logits, labels, weights),
  },
]

function ramp(length: number, step: number): Value {
  return g.constant(
    Float32Array.from({ length }, (_, i) => 0.7 + step * i - 0.05 * i * i),
    [length],
  )
}
