import * as tf from '@tensorflow/tfjs-core'
import { sameShape, sizeOf } from '../../graph/shape.ts'
import type { DataType, Operator, Shape, Value } from '../../graph/value.ts'

/** Computes one operator from the tensors of its inputs; never returns one of them itself. */
type Evaluate<O extends Operator> = (value: Value<O>, inputs: readonly tf.Tensor[]) => tf.Tensor

const TYPES: Record<DataType, 'float32' | 'int32'> = { f32: 'float32', i32: 'int32' }

export function tensorOf(data: Float32Array | Int32Array, shape: Shape, dtype: DataType): tf.Tensor {
  return tf.tensor(data, [...shape], TYPES[dtype])
}

function unary(apply: (x: tf.Tensor) => tf.Tensor): Evaluate<Operator> {
  return (_, [x]) => apply(x!)
}

function binary(apply: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Evaluate<Operator> {
  return (_, [a, b]) => apply(a!, b!)
}

/** tfjs stretches leading axes only when one side has none, so they are stretched here. */
const matmul: Evaluate<'matmul'> = (value, [a, b]) => {
  const { transposeA, transposeB, scale } = value.attributes
  const lead = value.shape.slice(0, -2)
  const product = tf.matMul(withLead(a!, lead), withLead(b!, lead), transposeA, transposeB)
  return scale === 1 ? product : tf.mul(product, scale)
}

function withLead(x: tf.Tensor, lead: Shape): tf.Tensor {
  return sameShape(x.shape.slice(0, -2), lead) ? x : tf.broadcastTo(x, [...lead, ...x.shape.slice(-2)])
}

function moments(x: tf.Tensor, epsilon: number): { mean: tf.Tensor; inverse: tf.Tensor } {
  const mean = tf.mean(x, -1, true)
  const variance = tf.mean(tf.square(tf.sub(x, mean)), -1, true)
  return { mean, inverse: tf.rsqrt(tf.add(variance, epsilon)) }
}

const layerNorm: Evaluate<'layerNorm'> = (value, [x, gamma, beta]) => {
  const { mean, inverse } = moments(x!, value.attributes.epsilon)
  return tf.add(tf.mul(tf.mul(tf.sub(x!, mean), inverse), gamma!), beta!)
}

const pad: Evaluate<'pad'> = (value, [x]) => {
  const { before } = value.attributes
  return tf.pad(
    x!,
    value.shape.map((size, axis) => [before[axis]!, size - before[axis]! - x!.shape[axis]!]),
  )
}

const scatterAdd: Evaluate<'scatterAdd'> = (value, [indices, updates]) => {
  const rows = value.shape[0]!
  const flat = tf.reshape(updates!, [indices!.size, sizeOf(value.shape) / rows])
  const table = tf.unsortedSegmentSum(flat, tf.reshape(indices!, [-1]), rows)
  return tf.reshape(table, [...value.shape])
}

/** By comparison: tf.oneHot refuses a single class. */
const oneHot: Evaluate<'oneHot'> = (value, [indices]) => {
  const classes = tf.range(0, value.shape.at(-1)!, 1, 'int32')
  return tf.cast(tf.equal(tf.expandDims(indices!, -1), classes), 'float32')
}

function gelu(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1))
}

const evaluators: { readonly [O in Exclude<Operator, 'input' | 'constant'>]: Evaluate<O> } = {
  fill: (value) => tf.fill([...value.shape], value.attributes.value, TYPES[value.dtype]),
  cast: (value, [x]) => tf.cast(x!, TYPES[value.dtype]),
  differentiateAs: unary(tf.clone),
  add: binary(tf.add),
  sub: binary(tf.sub),
  mul: binary(tf.mul),
  div: binary(tf.div),
  neg: unary(tf.neg),
  exp: unary(tf.exp),
  log: unary(tf.log),
  sqrt: unary(tf.sqrt),
  tanh: unary(tf.tanh),
  erf: unary(tf.erf),
  relu: unary(tf.relu),
  gelu: unary(gelu),
  equal: binary((a, b) => tf.cast(tf.equal(a, b), 'int32')),
  greater: binary((a, b) => tf.cast(tf.greater(a, b), 'int32')),
  where: (_, [condition, a, b]) => tf.where(tf.cast(condition!, 'bool'), a!, b!),
  matmul,
  reshape: (value, [x]) => tf.reshape(x!, [...value.shape]),
  transpose: (value, [x]) => tf.transpose(x!, [...value.attributes.perm]),
  slice: (value, [x]) => tf.slice(x!, [...value.attributes.starts], [...value.shape]),
  pad,
  concat: (value, inputs) => tf.concat([...inputs], value.attributes.axis),
  sum: (value, [x]) => tf.sum(x!, [...value.attributes.axes], value.attributes.keepDims),
  max: (value, [x]) => tf.max(x!, [...value.attributes.axes], value.attributes.keepDims),
  broadcastTo: (value, [x]) => tf.broadcastTo(x!, [...value.shape]),
  softmax: unary((x) => tf.softmax(x)),
  logSoftmax: unary((x) => tf.logSoftmax(x)),
  layerNorm,
  layerNormMean: (_, [, x]) => tf.mean(x!, -1, true),
  layerNormInverseDeviation: (value, [, x]) => moments(x!, value.attributes.epsilon).inverse,
  gather: (_, [table, indices]) => tf.gather(table!, tf.cast(indices!, 'int32')),
  scatterAdd,
  oneHot,
}

/** The tensor of one Value that is neither fed nor constant; temporaries are freed. */
export function evaluate(value: Value, inputs: readonly tf.Tensor[]): tf.Tensor {
  const evaluator = evaluators[value.op as keyof typeof evaluators] as Evaluate<Operator>
  return tf.tidy(() => evaluator(value, inputs))
}
