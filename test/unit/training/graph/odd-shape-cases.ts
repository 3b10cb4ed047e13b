import * as g from '../../../../src/training/graph/index.ts'
import type { Shape, Value } from '../../../../src/training/graph/index.ts'
import { layerNormStatistics } from '../../../../src/training/graph/ops/layer-norm.ts'
import type { OperatorCase } from './operator-case.ts'

const POSITIVE = [0.3, 2.6] as const
const THIN: Shape = [1, 3, 1, 5]

const unary: Readonly<Record<string, (x: Value) => Value>> = {
  neg: g.neg,
  exp: g.exp,
  log: g.log,
  sqrt: g.sqrt,
  tanh: g.tanh,
  erf: g.erf,
  relu: g.relu,
  gelu: g.gelu,
  softmax: g.softmax,
  logSoftmax: g.logSoftmax,
  'cast down and up': (x) => g.mul(x, g.cast(g.cast(g.scaled(x, 3), 'i32'), 'f32')),
  differentiateAs: (x) => g.differentiateAs(g.mul(x, x), g.exp(g.scaled(g.log(x), 2))),
  reshape: (x) => g.reshape(x, [5, 1, 3]),
  transpose: (x) => g.transpose(x, [3, 0, 1, 2]),
  slice: (x) => g.slice(x, [0, 1, 0, 2], [1, 2, 1, 5]),
  pad: (x) => g.pad(x, [1, 0, 2, 0], [2, 3, 3, 7]),
  'sum of axes of length 1': (x) => g.sum(x, [0, 1]),
  'max of axes of length 1': (x) => g.max(x, [2, 3], true),
  broadcastTo: (x) => g.broadcastTo(x, [2, 1, 3, 4, 5]),
}

const binary: Readonly<Record<string, (a: Value, b: Value) => Value>> = {
  add: g.add,
  sub: g.sub,
  mul: g.mul,
  div: g.div,
  greater: (a, b) => g.mul(g.cast(g.greater(a, b), 'f32'), g.add(a, b)),
  where: (a, b) => g.where(g.greater(g.constant(Float32Array.of(0.2, 0.9), [2, 1]), g.scalar(0.5)), a, b),
}

/** The same operators on axes of length 1, and stretched both ways. */
export const oddShapeCases: readonly OperatorCase[] = [
  ...Object.entries(unary).map(([name, build]) => ({
    name: `${name}, some axes of length 1`,
    shapes: [THIN],
    range: POSITIVE,
    build,
  })),
  ...Object.entries(binary).flatMap(([name, build]) => [
    {
      name: `${name}, new axes and stretched ones`,
      shapes: [
        [2, 1],
        [3, 1, 5],
      ],
      range: POSITIVE,
      build,
    },
    {
      name: `${name}, stretched the other way`,
      shapes: [
        [3, 1, 5],
        [2, 1],
      ],
      range: POSITIVE,
      build,
    },
  ]),
  {
    name: 'equal, stretched both ways',
    shapes: [[5]],
    integers: [
      { shape: [2, 1], below: 3 },
      { shape: [3, 1, 5], below: 3 },
    ],
    build: (a, left, right) =>
      g.add(g.mul(a, g.cast(g.equal(left, right), 'f32')), g.cast(g.equal(right, left), 'f32')),
  },
  {
    name: 'where, a condition of fewer axes',
    shapes: [
      [3, 1, 5],
      [2, 1],
    ],
    integers: [{ shape: [5], below: 2 }],
    build: (a, b, condition) => g.where(condition, a, b),
  },
  {
    name: 'matmul, one matrix for a batch, from the left',
    shapes: [
      [3, 5],
      [4, 5, 2],
    ],
    build: (a, b) => g.matmul(a, b),
  },
  {
    name: 'matmul, both stretched, transposed and scaled',
    shapes: [
      [1, 5, 3],
      [4, 2, 7, 5],
    ],
    build: (a, b) => g.matmul(a, b, { transposeA: true, transposeB: true, scale: 0.6 }),
  },
  {
    name: 'matmul, the right one stretched and transposed',
    shapes: [
      [4, 2, 3, 5],
      [1, 7, 5],
    ],
    build: (a, b) => g.matmul(a, b, { transposeB: true, scale: -1.1 }),
  },
  {
    name: 'matmul of a column and a row',
    shapes: [
      [3, 1],
      [1, 5],
    ],
    build: (a, b) => g.matmul(a, b),
  },
  {
    name: 'concat along an axis of length 1',
    shapes: [
      [3, 1, 5],
      [3, 2, 5],
    ],
    build: (...all) => g.concat(all, -2),
  },
  {
    name: 'mean and inverse deviation of a layerNorm',
    shapes: [[2, 1, 7], [7], [7]],
    build: (x, gamma, beta) => {
      const norm = g.layerNorm(x, gamma, beta, 1e-3)
      const { mean, inverseDeviation } = layerNormStatistics(norm)
      return g.add(g.mul(mean, x), g.mul(inverseDeviation, norm))
    },
  },
  {
    name: 'layerNorm of rows of one entry',
    shapes: [[3, 1], [1], [1]],
    build: (x, gamma, beta) => g.layerNorm(x, gamma, beta, 0.1),
  },
  {
    name: 'gather from rows of several axes, by a single index',
    shapes: [[5, 1, 3]],
    integers: [{ shape: [], below: 5 }],
    build: (table, index) => g.gather(table, index),
  },
  {
    name: 'gather of single numbers, one of them often',
    shapes: [[3]],
    integers: [{ shape: [4, 1], below: 2 }],
    build: (table, indices) => g.gather(table, indices),
  },
  {
    name: 'scatterAdd by indices of two axes, rows left empty',
    shapes: [[2, 3, 1, 4]],
    integers: [{ shape: [2, 3], below: 3 }],
    build: (updates, indices) => g.scatterAdd(indices, updates, 6),
  },
  {
    name: 'scatterAdd of single numbers',
    shapes: [[7]],
    integers: [{ shape: [7], below: 2 }],
    build: (updates, indices) => g.scatterAdd(indices, updates, 2),
  },
  {
    name: 'oneHot of one class, and of indices of several axes',
    shapes: [[2, 3, 1, 1]],
    integers: [{ shape: [2, 3, 1], below: 2 }],
    build: (a, indices) => g.add(g.mul(a, g.oneHot(indices, 1)), g.oneHot(indices, 5)),
  },
]
