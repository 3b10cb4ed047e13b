import { computedInputs, topologicalOrder } from '../../src/training/graph/topological-order.ts'
import type { Operator, Shape, Value } from '../../src/training/graph/value.ts'
import { isOp } from '../../src/training/graph/value.ts'
import { erf } from './erf.ts'

/** A tensor of doubles; integers are exact in it. */
export interface Doubles {
  readonly shape: Shape
  readonly data: Float64Array
}

export type DoubleFeeds = Readonly<Record<string, ArrayLike<number>>>

/** Computes Values in double precision with plain loops over indices: slow, and written to be obviously right. */
export function evaluateInDoubles(values: readonly Value[], feeds: DoubleFeeds): Doubles[] {
  const results = new Map<Value, Doubles>()
  for (const value of topologicalOrder(values, computedInputs)) {
    const inputs = computedInputs(value).map((input) => results.get(input)!)
    const data = isOp(value, 'input')
      ? Float64Array.from(feeds[value.attributes.name]!)
      : (rules[value.op as keyof typeof rules] as Rule<Operator>)(value, inputs)
    results.set(value, { shape: value.shape, data })
  }
  return values.map((value) => results.get(value)!)
}

type Rule<O extends Operator> = (value: Value<O>, inputs: readonly Doubles[]) => Float64Array

const rules: { readonly [O in Exclude<Operator, 'input'>]: Rule<O> } = {
  constant: (value) => Float64Array.from(value.attributes.data),
  fill: (value) => generate(value.shape, () => value.attributes.value),
  cast: (value, [x]) => x!.data.map((entry) => (value.dtype === 'i32' ? Math.trunc(entry) : entry)),
  differentiateAs: (_, [x]) => x!.data,
  add: elementwise((a, b) => a + b),
  sub: elementwise((a, b) => a - b),
  mul: elementwise((a, b) => a * b),
  div: elementwise((a, b) => a / b),
  neg: elementwise((x) => -x),
  exp: elementwise((x) => Math.exp(x)),
  log: elementwise((x) => Math.log(x)),
  sqrt: elementwise((x) => Math.sqrt(x)),
  tanh: elementwise((x) => Math.tanh(x)),
  erf: elementwise((x) => erf(x)),
  relu: elementwise((x) => Math.max(x, 0)),
  gelu: elementwise((x) => (x / 2) * (1 + erf(x / Math.SQRT2))),
  equal: elementwise((a, b) => Number(a === b)),
  greater: elementwise((a, b) => Number(a > b)),
  where: elementwise((condition, a, b) => (condition === 0 ? b : a)),
  matmul: (value, [a, b]) => matmul(value, a!, b!),
  reshape: (_, [x]) => x!.data,
  transpose: (value, [x]) => {
    const { perm } = value.attributes
    return generate(value.shape, (index) => {
      const from = Array<number>(perm.length)
      perm.forEach((axis, i) => (from[axis] = index[i]!))
      return at(x!, from)
    })
  },
  slice: (value, [x]) =>
    generate(value.shape, (index) =>
      at(
        x!,
        index.map((i, axis) => i + value.attributes.starts[axis]!),
      ),
    ),
  pad: (value, [x]) =>
    generate(value.shape, (index) => {
      const from = index.map((i, axis) => i - value.attributes.before[axis]!)
      return from.every((i, axis) => i >= 0 && i < x!.shape[axis]!) ? at(x!, from) : 0
    }),
  concat: (value, inputs) => {
    const { axis } = value.attributes
    return generate(value.shape, (index) => {
      let rest = index[axis]!
      const part = inputs.find((input) => rest < input.shape[axis]! || ((rest -= input.shape[axis]!), false))!
      return at(part, index.with(axis, rest))
    })
  },
  sum: (value, [x]) => reduce(value, x!, 0, (total, entry) => total + entry),
  max: (value, [x]) => reduce(value, x!, -Infinity, Math.max),
  broadcastTo: (value, [x]) => generate(value.shape, (index) => at(x!, stretched(x!.shape, index))),
  softmax: (_, [x]) => overRows(x!, (row) => softmax(row)),
  logSoftmax: (_, [x]) => overRows(x!, (row) => softmax(row).map(Math.log)),
  layerNorm: (value, [x, gamma, beta]) =>
    overRows(x!, (row) => {
      const { mean, inverse } = moments(row, value.attributes.epsilon)
      return row.map((entry, i) => (entry - mean) * inverse * gamma!.data[i]! + beta!.data[i]!)
    }),
  layerNormMean: (value, [, x]) => perRow(x!, (row) => moments(row, value.attributes.epsilon).mean),
  layerNormInverseDeviation: (value, [, x]) =>
    perRow(x!, (row) => moments(row, value.attributes.epsilon).inverse),
  gather: (_, [table, indices]) => {
    const width = table!.data.length / table!.shape[0]!
    const result = new Float64Array(indices!.data.length * width)
    indices!.data.forEach((row, i) =>
      result.set(table!.data.subarray(row * width, (row + 1) * width), i * width),
    )
    return result
  },
  scatterAdd: (value, [indices, updates]) => {
    const result = generate(value.shape, () => 0)
    const width = result.length / value.shape[0]!
    indices!.data.forEach((row, i) => {
      for (let j = 0; j < width; j++) result[row * width + j]! += updates!.data[i * width + j]!
    })
    return result
  },
  oneHot: (value, [indices]) =>
    generate(value.shape, (index) => Number(at(indices!, index.slice(0, -1)) === index.at(-1))),
}

function elementwise(compute: (...entries: number[]) => number): Rule<Operator> {
  return (value, inputs) =>
    generate(value.shape, (index) => compute(...inputs.map((x) => at(x, stretched(x.shape, index)))))
}

function matmul(value: Value<'matmul'>, a: Doubles, b: Doubles): Float64Array {
  const { transposeA, transposeB, scale } = value.attributes
  const inner = a.shape.at(transposeA ? -2 : -1)!
  return generate(value.shape, (index) => {
    const lead = index.slice(0, -2)
    const [i, j] = index.slice(-2) as [number, number]
    let total = 0
    for (let k = 0; k < inner; k++) {
      const left = [...lead, ...(transposeA ? [k, i] : [i, k])]
      const right = [...lead, ...(transposeB ? [j, k] : [k, j])]
      total += at(a, stretched(a.shape, left)) * at(b, stretched(b.shape, right))
    }
    return total * scale
  })
}

function reduce(
  value: Value<'sum'> | Value<'max'>,
  x: Doubles,
  start: number,
  combine: (total: number, entry: number) => number,
): Float64Array {
  const { axes } = value.attributes
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
  const result = generate(kept, () => start)
  forEachIndex(x.shape, (index) => {
    const to = offset(kept, stretched(kept, index))
    result[to] = combine(result[to]!, at(x, index))
  })
  return result
}

function overRows(x: Doubles, compute: (row: Float64Array) => Float64Array): Float64Array {
  const width = x.shape.at(-1)!
  const result = new Float64Array(x.data.length)
  for (let i = 0; i < x.data.length; i += width) result.set(compute(x.data.subarray(i, i + width)), i)
  return result
}

function perRow(x: Doubles, compute: (row: Float64Array) => number): Float64Array {
  const width = x.shape.at(-1)!
  const rows = x.data.length / width
  return Float64Array.from({ length: rows }, (_, i) => compute(x.data.subarray(i * width, (i + 1) * width)))
}

function softmax(row: Float64Array): Float64Array {
  const largest = Math.max(...row)
  const powers = row.map((entry) => Math.exp(entry - largest))
  const total = powers.reduce((a, b) => a + b)
  return powers.map((power) => power / total)
}

function moments(row: Float64Array, epsilon: number): { mean: number; inverse: number } {
  const mean = row.reduce((a, b) => a + b) / row.length
  const variance = row.reduce((total, entry) => total + (entry - mean) ** 2, 0) / row.length
  return { mean, inverse: 1 / Math.sqrt(variance + epsilon) }
}

function generate(shape: Shape, entry: (index: number[]) => number): Float64Array {
  const result = new Float64Array(shape.reduce((a, b) => a * b, 1))
  let at = 0
  forEachIndex(shape, (index) => (result[at++] = entry(index)))
  return result
}

function forEachIndex(shape: Shape, visit: (index: number[]) => void): void {
  const count = shape.reduce((a, b) => a * b, 1)
  for (let flat = 0; flat < count; flat++) {
    let rest = flat
    const index = Array<number>(shape.length)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis]!
      rest = Math.floor(rest / shape[axis]!)
    }
    visit(index)
  }
}

/** The index into a tensor that broadcasts: the last axes, 0 where the tensor has length 1. */
function stretched(shape: Shape, index: readonly number[]): number[] {
  const lead = index.length - shape.length
  return shape.map((size, axis) => (size === 1 ? 0 : index[axis + lead]!))
}

function offset(shape: Shape, index: readonly number[]): number {
  return index.reduce((total, i, axis) => total * shape[axis]! + i, 0)
}

function at(x: Doubles, index: readonly number[]): number {
  return x.data[offset(x.shape, index)]!
}
