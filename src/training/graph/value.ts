export type DataType = 'f32' | 'i32'

export type Shape = readonly number[]

/** What every operator carries besides its inputs. The keys of this table are the whole language. */
export interface OperatorAttributes {
  /** Fed at each run. */
  readonly input: { readonly name: string }
  /** Frozen data, row-major. */
  readonly constant: { readonly data: Float32Array | Int32Array }
  /** One number repeated over the shape. */
  readonly fill: { readonly value: number }
  readonly cast: NoAttributes
  /** Passes its input on, but its derivative is that of the second input. */
  readonly differentiateAs: NoAttributes
  readonly add: NoAttributes
  readonly sub: NoAttributes
  readonly mul: NoAttributes
  readonly div: NoAttributes
  readonly neg: NoAttributes
  readonly exp: NoAttributes
  readonly log: NoAttributes
  readonly sqrt: NoAttributes
  readonly tanh: NoAttributes
  readonly erf: NoAttributes
  readonly relu: NoAttributes
  readonly gelu: NoAttributes
  readonly equal: NoAttributes
  readonly greater: NoAttributes
  readonly where: NoAttributes
  readonly matmul: { readonly transposeA: boolean; readonly transposeB: boolean; readonly scale: number }
  readonly reshape: NoAttributes
  readonly transpose: { readonly perm: readonly number[] }
  readonly slice: { readonly starts: readonly number[] }
  readonly pad: { readonly before: readonly number[] }
  readonly concat: { readonly axis: number }
  readonly sum: { readonly axes: readonly number[]; readonly keepDims: boolean }
  readonly max: { readonly axes: readonly number[]; readonly keepDims: boolean }
  readonly broadcastTo: NoAttributes
  readonly softmax: NoAttributes
  readonly logSoftmax: NoAttributes
  readonly layerNorm: { readonly epsilon: number }
  /** Statistics of a layerNorm (input 0) that it computes anyway from its own input (input 1). */
  readonly layerNormMean: { readonly epsilon: number }
  readonly layerNormInverseDeviation: { readonly epsilon: number }
  readonly gather: NoAttributes
  readonly scatterAdd: NoAttributes
  readonly oneHot: NoAttributes
}

export type NoAttributes = Readonly<Record<string, never>>

export type Operator = keyof OperatorAttributes

/**
 * One node of a pure computation graph: what is computed, from which Values, and the static shape of the outcome. There is
 * no graph object; the graph of a Value is everything reachable through `inputs`. Two uses of one Value are computed once.
 */
export interface Value<O extends Operator = Operator> {
  readonly op: O
  readonly inputs: readonly Value[]
  readonly shape: Shape
  readonly dtype: DataType
  readonly attributes: OperatorAttributes[O]
  readonly name?: string
}

/** Makes a node; used by the builders in ops/, which check shapes first. */
export function node<O extends Operator>(
  op: O,
  inputs: readonly Value[],
  shape: Shape,
  attributes: OperatorAttributes[O],
  dtype: DataType = 'f32',
): Value<O> {
  return { op, inputs, shape, dtype, attributes }
}

/** Whether a Value is the given operator; narrows its attributes. */
export function isOp<O extends Operator>(value: Value, op: O): value is Value<O> {
  return value.op === op
}
