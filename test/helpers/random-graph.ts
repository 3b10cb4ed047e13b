import * as g from '../../src/training/graph/index.ts'
import type { Shape, Value } from '../../src/training/graph/index.ts'
import { floats } from './random-data.ts'

export interface RandomGraph {
  readonly inputs: readonly Value[]
  readonly feeds: Record<string, Float32Array>
  readonly result: Value
}

type Random = () => number

/** A graph of `operators` random operators over a few small inputs; every result feeds later ones. */
export function randomGraph(random: Random, operators: number): RandomGraph {
  const feeds: Record<string, Float32Array> = {}
  const inputs = Array.from({ length: 3 }, (_, i) => {
    const shape = randomShape(random)
    feeds[`x${i}`] = floats(g.sizeOf(shape), random)
    return g.input(`x${i}`, shape)
  })
  const pool: Value[] = [...inputs]
  for (let i = 0; i < operators; i++) {
    const x = pick(pool, random)
    pool.push(tamed(pick(steps, random)(x, pick(pool, random), random)))
  }
  const parts = pool.slice(-3).map((value) => g.sum(value))
  return { inputs, feeds, result: parts.reduce(g.add) }
}

/** Keeps numbers of the order of 1, so that rounding is not blown up from operator to operator. */
function tamed(value: Value): Value {
  return g.scaled(g.tanh(g.scaled(value, 0.4)), 1.6)
}

const steps: readonly ((x: Value, other: Value, random: Random) => Value)[] = [
  (x, other) => (stretches(x, other) ? g.add(x, other) : g.exp(x)),
  (x, other) => (stretches(x, other) ? g.mul(x, other) : g.neg(x)),
  (x, other) => (stretches(x, other) ? g.sub(x, other) : g.mul(x, x)),
  (x, other) => (stretches(x, other) ? g.div(x, g.add(g.exp(other), g.scalar(0.5))) : g.erf(x)),
  (x) => g.sqrt(g.add(g.mul(x, x), g.scalar(0.3))),
  (x) => g.log(g.add(g.exp(x), g.scalar(1))),
  (x) => g.gelu(x),
  (x) => g.softmax(atLeast(1, x)),
  (x) => g.logSoftmax(atLeast(1, x)),
  (x) => g.relu(g.sub(x, g.scalar(0.013))),
  (x) => withAxes(x, (axis) => g.concat([x, g.scaled(x, 0.7)], axis)),
  (x) => withAxes(x, (axis) => g.sum(x, [axis])),
  (x, _, random) => withAxes(x, (axis) => g.sum(x, [axis], random() < 0.5)),
  (x) => withAxes(x, (axis) => g.mean(x, [axis], true)),
  (x, _, random) => withAxes(x, (axis) => window(x, axis, random)),
  (x, _, random) => g.transpose(x, shuffled(x.shape.length, random)),
  (x) => g.reshape(x, [-1]),
  (x) => g.reshape(x, [1, ...x.shape]),
  (x) => g.broadcastTo(x, g.sizeOf(x.shape) < 60 ? [2, ...x.shape] : x.shape),
  (x, _, random) => product(atLeast(2, x), random),
  (x) => selfProduct(atLeast(2, x)),
  (x, _, random) => normalised(atLeast(1, x), random),
]

function stretches(a: Value, b: Value): boolean {
  const rank = Math.min(a.shape.length, b.shape.length)
  return Array.from({ length: rank }, (_, i) => [a.shape.at(-1 - i)!, b.shape.at(-1 - i)!]).every(
    ([left, right]) => left === right || left === 1 || right === 1,
  )
}

function atLeast(rank: number, x: Value): Value {
  return x.shape.length >= rank
    ? x
    : g.reshape(x, [...Array<number>(rank - x.shape.length).fill(1), ...x.shape])
}

function withAxes(x: Value, step: (axis: number) => Value): Value {
  return x.shape.length === 0 ? g.tanh(x) : step(x.shape.indexOf(Math.max(...x.shape)))
}

function window(x: Value, axis: number, random: Random): Value {
  const size = x.shape[axis]!
  const start = Math.floor(random() * size)
  return g.sliceAxis(x, axis, start, start + 1 + Math.floor(random() * (size - start)))
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

function selfProduct(x: Value): Value {
  return g.matmul(x, x, { transposeB: true })
}

function normalised(x: Value, random: Random): Value {
  const width = x.shape.at(-1)!
  const [gamma, beta] = [0, 1].map(() => g.constant(floats(width, random), [width])) as [Value, Value]
  return g.layerNorm(x, gamma, beta, 0.1)
}

function randomShape(random: Random): Shape {
  return Array.from({ length: Math.floor(random() * 4) }, () => pick([1, 2, 3, 5], random))
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
