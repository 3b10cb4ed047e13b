import type { Derivative } from './derivative.ts'
import { addDerivative } from './ops/add.ts'
import { castDerivative } from './ops/cast.ts'
import { compareDerivative } from './ops/compare.ts'
import { concatDerivative } from './ops/concat.ts'
import { differentiateAsDerivative } from './ops/differentiate-as.ts'
import { divDerivative } from './ops/div.ts'
import { erfDerivative } from './ops/erf.ts'
import { expDerivative } from './ops/exp.ts'
import { gatherDerivative, scatterAddDerivative } from './ops/gather.ts'
import { geluDerivative } from './ops/gelu.ts'
import {
  layerNormDerivative,
  layerNormInverseDeviationDerivative,
  layerNormMeanDerivative,
} from './ops/layer-norm.ts'
import { logSoftmaxDerivative } from './ops/log-softmax.ts'
import { logDerivative } from './ops/log.ts'
import { matmulDerivative } from './ops/matmul.ts'
import { maxDerivative } from './ops/max.ts'
import { mulDerivative } from './ops/mul.ts'
import { negDerivative } from './ops/neg.ts'
import { oneHotDerivative } from './ops/one-hot.ts'
import { reluDerivative } from './ops/relu.ts'
import { reshapeDerivative } from './ops/reshape.ts'
import { padDerivative, sliceDerivative } from './ops/slice.ts'
import { softmaxDerivative } from './ops/softmax.ts'
import { sourceDerivative } from './ops/source.ts'
import { sqrtDerivative } from './ops/sqrt.ts'
import { subDerivative } from './ops/sub.ts'
import { broadcastToDerivative, sumDerivative } from './ops/sum.ts'
import { tanhDerivative } from './ops/tanh.ts'
import { transposeDerivative } from './ops/transpose.ts'
import { whereDerivative } from './ops/where.ts'
import type { Operator, Value } from './value.ts'

/** The derivative of every operator of the language. */
const derivatives: { readonly [O in Operator]: Derivative<O> } = {
  input: sourceDerivative,
  constant: sourceDerivative,
  fill: sourceDerivative,
  cast: castDerivative,
  differentiateAs: differentiateAsDerivative,
  add: addDerivative,
  sub: subDerivative,
  mul: mulDerivative,
  div: divDerivative,
  neg: negDerivative,
  exp: expDerivative,
  log: logDerivative,
  sqrt: sqrtDerivative,
  tanh: tanhDerivative,
  erf: erfDerivative,
  relu: reluDerivative,
  gelu: geluDerivative,
  equal: compareDerivative,
  greater: compareDerivative,
  where: whereDerivative,
  matmul: matmulDerivative,
  reshape: reshapeDerivative,
  transpose: transposeDerivative,
  slice: sliceDerivative,
  pad: padDerivative,
  concat: concatDerivative,
  sum: sumDerivative,
  max: maxDerivative,
  broadcastTo: broadcastToDerivative,
  softmax: softmaxDerivative,
  logSoftmax: logSoftmaxDerivative,
  layerNorm: layerNormDerivative,
  layerNormMean: layerNormMeanDerivative,
  layerNormInverseDeviation: layerNormInverseDeviationDerivative,
  gather: gatherDerivative,
  scatterAdd: scatterAddDerivative,
  oneHot: oneHotDerivative,
}

/** Every operator of the language, as the type has them. */
export const OPERATORS = Object.keys(derivatives) as readonly Operator[]

/** The gradient of the loss by each input of a Value, from that by the Value itself; undefined where there is none. */
export function differentiate(value: Value, gradient: Value): readonly (Value | undefined)[] {
  return (derivatives[value.op] as Derivative<Operator>)(value, gradient)
}
