import * as g from '../../src/training/graph/index.ts'
import type { Operator, Shape, Value } from '../../src/training/graph/index.ts'
import { layerNormStatistics } from '../../src/training/graph/ops/layer-norm.ts'
import { floats, integers } from './random-data.ts'

export interface RandomGraph {
  /** Fed floats, by which gradients are taken. */
  readonly inputs: readonly Value[]
  readonly feeds: Record<string, Float32Array | Int32Array>
  /** A scalar. */
  readonly result: Value
}

type Random = () => number

/** What a step may use besides its operand. */
interface Surroundings {
  /** Another float Value of the graph. */
  readonly other: Value
  readonly random: Random
  /** Fed integers 0 … below − 1. */
  readonly indices: (shape: Shape, below: number) => Value
}

type Step = (x: Value, surroundings: Surroundings) => Value

const MOST_ELEMENTS = 120

/** A graph of random operators over a few small inputs, of 0 to 4 axes, many of length 1; every result feeds later ones. */
export function randomGraph(random: Random, operators: number): RandomGraph {
  const feeds: Record<string, Float32Array | Int32Array> = {}
  const inputs = Array.from({ length: 3 }, (_, i) => {
    const shape = randomShape(random)
    feeds[`x${i}`] = floats(g.sizeOf(shape), random)
    return g.input(`x${i}`, shape)
  })
  const indices = (shape: Shape, below: number): Value => {
    const name = `i${Object.keys(feeds).length}`
    feeds[name] = integers(g.sizeOf(shape), random, below)
    return g.input(name, shape, 'i32')
  }
  const pool: Value[] = [...inputs]
  for (let i = 0; i < operators; i++) {
    const step = pick(allSteps, random)
    const y = step(pick(pool, random), { other: pick(pool, random), random, indices })
    pool.push(tamed(small(y)))
  }
  const parts = pool.slice(-3).map((value) => g.sum(value))
  return { inputs, feeds, result: parts.reduce(g.add) }
}

/** Keeps numbers of the order of 1, so that rounding is not blown up from operator to operator. */
function tamed(value: Value): Value {
  return g.scaled(g.tanh(g.scaled(value, 0.4)), 1.6)
}

/** Averages the longest axis away until few elements are left. */
function small(value: Value): Value {
  if (g.sizeOf(value.shape) <= MOST_ELEMENTS) return value
  return small(g.mean(value, [longest(value)], true))
}

/**
 * Ways to use each operator; a new operator without one is an error of the type. What jumps (comparisons, truncation) jumps at odd
 * numbers, which no other step produces, so that f32 and doubles jump alike and slopes can be measured.
 */
const steps: { readonly [O in Exclude<Operator, 'input'>]: Step | readonly Step[] } = {
  constant: (x, { random }) => g.add(x, g.constant(floats(g.sizeOf(x.shape), random), x.shape)),
  fill: (x, { random }) => g.mul(x, g.fill([2, ...x.shape], 0.5 + random())),
  cast: [
    (x) => g.mul(x, g.cast(g.cast(g.add(g.scaled(x, 3), g.scalar(0.2137)), 'i32'), 'f32')),
    (x, { indices }) => g.add(x, g.cast(indices([3, ...ones(x)], 4), 'f32')),
  ],
  differentiateAs: [
    (x) => g.differentiateAs(g.gelu(x), geluInParts(x)),
    (x, { random }) => lowRank(atLeast(1, x), random),
  ],
  add: (x, { other }) => (stretches(x, other) ? g.add(x, other) : g.add(x, column(other))),
  sub: (x, { other }) => (stretches(x, other) ? g.sub(x, other) : g.sub(column(other), x)),
  mul: [
    (x, { other }) => (stretches(x, other) ? g.mul(x, other) : g.mul(x, column(other))),
    (x) => g.mul(x, x),
  ],
  div: [
    (x, { other }) => g.div(x, positive(stretches(x, other) ? other : column(other))),
    (x) => g.div(g.scalar(1.3), positive(x)),
  ],
  neg: (x) => g.neg(x),
  exp: (x) => g.exp(x),
  log: (x) => g.log(positive(x)),
  sqrt: (x) => g.sqrt(g.add(g.mul(x, x), g.scalar(0.3))),
  tanh: (x) => g.tanh(x),
  erf: (x) => g.erf(x),
  relu: (x) => g.relu(g.sub(x, g.scalar(0.0137))),
  gelu: (x) => g.gelu(x),
  equal: (x, { indices }) =>
    g.mul(x, g.cast(g.equal(indices([2, ...ones(x)], 3), indices(x.shape, 3)), 'f32')),
  greater: (x, { other }) => {
    const bound = stretches(x, other) ? other : column(other)
    return g.mul(bound, g.cast(g.greater(x, g.add(bound, g.scalar(0.1371))), 'f32'))
  },
  where: [
    (x, { other, indices }) => g.where(indices(x.shape, 2), x, stretches(x, other) ? other : column(other)),
    (x, { other }) => g.where(g.greater(column(other), g.scalar(0.1373)), x, g.exp(x)),
  ],
  matmul: [
    (x, { random }) => product(atLeast(2, x), random),
    (x) => g.matmul(atLeast(2, x), atLeast(2, x), { transposeB: true }),
    (x) => g.matmul(atLeast(2, x), atLeast(3, x), { transposeA: true, scale: -0.6 }),
    (x, { other, random }) => mixed(atLeast(2, x), atLeast(1, other), random),
    (x, { random }) => linearLayer(atLeast(1, x), random),
  ],
  reshape: [(x) => g.reshape(x, [-1]), (x) => g.reshape(x, [1, ...x.shape, 1])],
  transpose: (x, { random }) => g.transpose(x, shuffled(x.shape.length, random)),
  slice: [(x, { random }) => window(atLeast(1, x), random), (x) => tiles(atLeast(1, x))],
  pad: (x, { random }) => padded(x, random),
  concat: [
    (x) => g.concat([atLeast(1, x), g.scaled(atLeast(1, x), 0.7)], longest(atLeast(1, x))),
    (x, { other }) => g.concat([g.reshape(x, [-1]), g.reshape(other, [-1]), g.reshape(x, [-1])], 0),
  ],
  sum: [
    (x, { random }) => g.sum(x, someAxes(x, random), random() < 0.5),
    (x, { random }) => g.mean(x, someAxes(x, random), true),
    (x, { random, indices }) => entropy(atLeast(1, x), random, indices),
  ],
  max: (x, { random }) => g.max(x, someAxes(x, random), random() < 0.5),
  broadcastTo: [
    (x) => g.broadcastTo(x, [2, ...x.shape]),
    (x) => g.broadcastTo(g.reshape(x, [...x.shape, 1]), [...x.shape, 3]),
  ],
  softmax: (x) => g.softmax(atLeast(1, x)),
  logSoftmax: (x) => g.logSoftmax(atLeast(1, x)),
  layerNorm: [
    (x, { random }) => normalised(atLeast(1, x), random),
    (x, { other }) => g.layerNorm(atLeast(1, x), row(x, other), g.neg(row(x, other)), 0.1),
  ],
  layerNormMean: (x, { random }) => layerNormStatistics(normalised(atLeast(1, x), random)).mean,
  layerNormInverseDeviation: (x, { random }) =>
    layerNormStatistics(normalised(atLeast(1, x), random)).inverseDeviation,
  gather: (x, { random, indices }) =>
    g.gather(atLeast(1, x), indices(pick([[], [2], [3, 1]], random), atLeast(1, x).shape[0]!)),
  scatterAdd: (x, { indices }) => g.scatterAdd(indices([atLeast(1, x).shape[0]!], 3), atLeast(1, x), 4),
  oneHot: (x, { indices }) => g.mul(column(x), g.oneHot(indices([3], 4), 3)),
}

const allSteps: readonly Step[] = Object.values(steps).flat()

function stretches(a: Value, b: Value): boolean {
  const rank = Math.min(a.shape.length, b.shape.length)
  return Array.from({ length: rank }, (_, i) => [a.shape.at(-1 - i)!, b.shape.at(-1 - i)!]).every(
    ([left, right]) => left === right || left === 1 || right === 1,
  )
}

function ones({ shape }: Value): Shape {
  return shape.map(() => 1)
}

/** One number of each row of x, (…, 1) with one axis: it stretches along whatever it meets. */
function column(x: Value): Value {
  return g.reshape(g.mean(x), [1])
}

/** As many numbers as x has in its last axis, made of another Value. */
function row(x: Value, other: Value): Value {
  return g.broadcastTo(g.exp(column(other)), [atLeast(1, x).shape.at(-1)!])
}

function positive(x: Value): Value {
  return g.add(g.exp(x), g.scalar(0.5))
}

function atLeast(rank: number, x: Value): Value {
  return x.shape.length >= rank
    ? x
    : g.reshape(x, [...Array<number>(rank - x.shape.length).fill(1), ...x.shape])
}

function longest({ shape }: Value): number {
  return shape.indexOf(Math.max(...shape))
}

function someAxes(x: Value, random: Random): number[] | undefined {
  const axes = x.shape.flatMap((_, axis) =>
    random() < 0.5 ? [axis - (random() < 0.5 ? x.shape.length : 0)] : [],
  )
  return axes.length === 0 ? undefined : axes
}

function window(x: Value, random: Random): Value {
  const starts = x.shape.map((size) => Math.floor(random() * size))
  const ends = x.shape.map((size, axis) => starts[axis]! + 1 + Math.floor(random() * (size - starts[axis]!)))
  return g.slice(x, starts, ends)
}

/** Both halves of the longest axis, used apart: their gradients lie side by side. */
function tiles(x: Value): Value {
  const axis = longest(x)
  const size = x.shape[axis]!
  if (size < 2) return g.neg(x)
  const [front, back] = [g.sliceAxis(x, axis, 0, 1), g.sliceAxis(x, axis, 1, size)]
  return g.mul(g.exp(front), g.tanh(back))
}

/** Another formula of the same quantity. */
function geluInParts(x: Value): Value {
  return g.mul(g.scaled(x, 0.5), g.add(g.erf(g.scaled(x, Math.SQRT1_2)), g.scalar(1)))
}

function padded(x: Value, random: Random): Value {
  const before = x.shape.map(() => Math.floor(random() * 2))
  return g.pad(
    x,
    before,
    x.shape.map((size, axis) => size + before[axis]! + Math.floor(random() * 2)),
  )
}

/** x by constant weights, from either side or transposed. */
function product(x: Value, random: Random): Value {
  const transposeA = random() < 0.5
  const transposeB = random() < 0.5
  const inner = x.shape.at(transposeA ? -2 : -1)!
  const shape = transposeB ? [3, inner] : [inner, 3]
  const weights = g.constant(floats(3 * inner, random), shape)
  return g.matmul(x, weights, { transposeA, transposeB, scale: 0.5 + random() })
}

/** x (…, m, k) by a batch of matrices made of another Value. */
function mixed(x: Value, other: Value, random: Random): Value {
  const inner = x.shape.at(-1)!
  const columns = g.reshape(g.sum(other, [-1]), [-1, 1]) // (n, 1)
  const weights = g.mul(columns, g.constant(floats(inner, random), [1, inner])) // (n, k)
  const stacked = g.reshape(g.concat([weights, g.tanh(weights)], 0), [
    2,
    ...ones(x).slice(2),
    ...weights.shape,
  ])
  return g.matmul(x, stacked, { transposeB: true })
}

function linearLayer(x: Value, random: Random): Value {
  const width = x.shape.at(-1)!
  return g.linear(x, g.constant(floats(2 * width, random), [2, width]), g.constant(floats(2, random), [2]))
}

function lowRank(x: Value, random: Random): Value {
  const width = x.shape.at(-1)!
  const weight = g.constant(floats(3 * width, random), [3, width])
  const a = g.mul(g.constant(floats(2 * width, random), [2, width]), g.reshape(g.mean(x), [1, 1]))
  const b = g.constant(floats(6, random), [3, 2])
  return g.lowRankLinear(x, weight, g.constant(floats(3, random), [3]), { a, b, scale: 0.7 })
}

function entropy(x: Value, random: Random, indices: Surroundings['indices']): Value {
  const logits = g.reshape(x, [-1, x.shape.at(-1)!])
  const [rows, classes] = logits.shape as [number, number]
  const weights = g.constant(floats(rows, random, 0.3, 1.5), [rows])
  return g.crossEntropy(logits, indices([rows], classes), weights)
}

function normalised(x: Value, random: Random): Value<'layerNorm'> {
  const width = x.shape.at(-1)!
  const [gamma, beta] = [0, 1].map(() => g.constant(floats(width, random), [width])) as [Value, Value]
  return g.layerNorm(x, gamma, beta, 0.1)
}

function randomShape(random: Random): Shape {
  return Array.from({ length: Math.floor(random() * 5) }, () => pick([1, 1, 2, 3, 5], random))
}

function shuffled(length: number, random: Random): number[] {
  const order = Array.from({ length }, (_, i) => i)
  return order
    .map((i) => ({ i, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ i }) => i)
}

function pick<T>(choices: readonly T[], random: Random): T {
  return choices[Math.floor(random() * choices.length)]!
}
