import { operand } from '../../graph/derivative.ts'
import { sizeOf } from '../../graph/shape.ts'
import type { Operator, Value } from '../../graph/value.ts'
import { emitMatmul } from './emit-matmul.ts'
import type { Emit, Emitter } from './emitter.ts'
import { ELEMENT_TYPE } from './protobuf-fields.ts'

function direct(opType: string): Emit<Operator> {
  return (_, inputs, emitter) => emitter.node(opType, inputs)
}

const emitConstant: Emit<'constant'> = (value, _, emitter) =>
  emitter.tensor(emitter.freshName(), value.dtype, value.shape, value.attributes.data)

const emitFill: Emit<'fill'> = (value, _, emitter) => {
  const number = value.attributes.value
  const one =
    value.dtype === 'f32'
      ? emitter.float(number)
      : emitter.tensor(`i32:${number}`, 'i32', [], Int32Array.of(number))
  return value.shape.length === 0 ? one : emitter.node('Expand', [one, emitter.int64s(value.shape)])
}

const emitSlice: Emit<'slice'> = (value, [x], emitter) => {
  const { starts } = value.attributes
  const from = operand(value, 0).shape
  const cut = from.flatMap((size, axis) => (size === value.shape[axis] ? [] : [axis]))
  const ends = cut.map((axis) => starts[axis]! + value.shape[axis]!)
  const bounds = [cut.map((axis) => starts[axis]!), ends, cut].map((values) => emitter.int64s(values))
  return emitter.node('Slice', [x!, ...bounds])
}

const emitPad: Emit<'pad'> = (value, [x], emitter) => {
  const { before } = value.attributes
  const inner = operand(value, 0).shape
  const after = value.shape.map((size, axis) => size - before[axis]! - inner[axis]!)
  return emitter.node('Pad', [x!, emitter.int64s([...before, ...after])])
}

function reduce(opType: string): Emit<'sum' | 'max'> {
  return (value, [x], emitter) => {
    const { axes, keepDims } = value.attributes
    if (axes.length === 0) return emitter.node('Identity', [x!])
    return emitter.node(opType, [x!, emitter.int64s(axes)], { attributes: { keepdims: Number(keepDims) } })
  }
}

function compare(opType: string): Emit<'equal' | 'greater'> {
  return (_, inputs, emitter) => castTo('i32', emitter.node(opType, inputs), emitter)
}

function castTo(type: keyof typeof ELEMENT_TYPE, x: string, emitter: Emitter): string {
  return emitter.node('Cast', [x], { attributes: { to: ELEMENT_TYPE[type] } })
}

const emitLayerNorm: Emit<'layerNorm'> = (value, inputs, emitter) => {
  const output = emitter.freshName()
  const outputs = [output, `${output}:mean`, `${output}:inverse`]
  const attributes = { axis: -1, epsilon: { float: value.attributes.epsilon } }
  emitter.nodeWithOutputs('LayerNormalization', inputs, outputs, { attributes })
  return output
}

/** ScatterElements wants one index per updated element. */
const emitScatterAdd: Emit<'scatterAdd'> = (value, [indices, updates], emitter) => {
  const shape = operand(value, 0).shape
  const count = sizeOf(shape)
  const width = sizeOf(value.shape.slice(1))
  const column = emitter.node('Reshape', [indices!, emitter.int64s([count, 1])])
  const each = emitter.node('Expand', [column, emitter.int64s([count, width])])
  const rows = emitter.node('Reshape', [updates!, emitter.int64s([count, width])])
  const zeros = emitter.node('Expand', [emitter.float(0), emitter.int64s([value.shape[0]!, width])])
  const table = emitter.node('ScatterElements', [zeros, each, rows], {
    attributes: { axis: 0, reduction: 'add' },
  })
  return emitter.node('Reshape', [table, emitter.int64s(value.shape)])
}

const emitOneHot: Emit<'oneHot'> = (value, [indices], emitter) => {
  const depth = value.shape.at(-1)!
  const classes = Int32Array.from({ length: depth }, (_, i) => i)
  const column = emitter.node('Reshape', [indices!, emitter.int64s([...value.shape.slice(0, -1), 1])])
  const range = emitter.tensor(`range:${depth}`, 'i32', [depth], classes)
  return castTo('f32', emitter.node('Equal', [column, range]), emitter)
}

const emitters: { readonly [O in Operator]: Emit<O> } = {
  input: (value, _, emitter) => emitter.input(value.attributes.name, value.dtype, value.shape),
  constant: emitConstant,
  fill: emitFill,
  cast: (value, [x], emitter) => castTo(value.dtype, x!, emitter),
  differentiateAs: (_, [x]) => x!,
  add: direct('Add'),
  sub: direct('Sub'),
  mul: direct('Mul'),
  div: direct('Div'),
  neg: direct('Neg'),
  exp: direct('Exp'),
  log: direct('Log'),
  sqrt: direct('Sqrt'),
  tanh: direct('Tanh'),
  erf: direct('Erf'),
  relu: direct('Relu'),
  gelu: direct('Gelu'),
  equal: compare('Equal'),
  greater: compare('Greater'),
  where: (_, [condition, a, b], emitter) =>
    emitter.node('Where', [castTo('bool', condition!, emitter), a!, b!]),
  matmul: emitMatmul,
  reshape: (value, [x], emitter) => emitter.node('Reshape', [x!, emitter.int64s(value.shape)]),
  transpose: (value, inputs, emitter) =>
    emitter.node('Transpose', inputs, { attributes: { perm: value.attributes.perm } }),
  slice: emitSlice,
  pad: emitPad,
  concat: (value, inputs, emitter) =>
    emitter.node('Concat', inputs, { attributes: { axis: value.attributes.axis } }),
  sum: reduce('ReduceSum'),
  max: reduce('ReduceMax'),
  broadcastTo: (value, [x], emitter) => emitter.node('Expand', [x!, emitter.int64s(value.shape)]),
  softmax: direct('Softmax'),
  logSoftmax: direct('LogSoftmax'),
  layerNorm: emitLayerNorm,
  layerNormMean: (_, [norm]) => `${norm}:mean`,
  layerNormInverseDeviation: (_, [norm]) => `${norm}:inverse`,
  gather: direct('Gather'),
  scatterAdd: emitScatterAdd,
  oneHot: emitOneHot,
}

/** Adds one Value, after everything that it needs. */
export function emitValue(value: Value, emitter: Emitter): void {
  const inputs = value.inputs.map((input) => emitter.nameOf(input))
  emitter.setName(value, (emitters[value.op] as Emit<Operator>)(value, inputs, emitter))
}
