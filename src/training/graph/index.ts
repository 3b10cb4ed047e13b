/**
 * The symbolic graph: builders with static shapes, and reverse-mode differentiation into the same language.
 *
 *   const x = input('x', [4, 3])
 *   const w = constant(weights, [2, 3])
 *   const loss = mean(gelu(linear(x, w)))
 *   const [byX] = gradients(loss, [x])
 *   const step = await onnxRuntime().compile({ loss, byX })
 *   const { byX: slope } = await step.run({ x: pixels })
 */
export { crossEntropy, linear, lowRankLinear, mean } from './functions.ts'
export type { LowRank } from './functions.ts'
export { gradients } from './gradients.ts'
export { add } from './ops/add.ts'
export { cast } from './ops/cast.ts'
export { equal, greater } from './ops/compare.ts'
export { concat } from './ops/concat.ts'
export { differentiateAs, stopGradient } from './ops/differentiate-as.ts'
export { div } from './ops/div.ts'
export { erf } from './ops/erf.ts'
export { exp } from './ops/exp.ts'
export { gather, scatterAdd } from './ops/gather.ts'
export { gelu } from './ops/gelu.ts'
export { layerNorm } from './ops/layer-norm.ts'
export { logSoftmax } from './ops/log-softmax.ts'
export { log } from './ops/log.ts'
export { matmul } from './ops/matmul.ts'
export type { MatmulOptions } from './ops/matmul.ts'
export { max } from './ops/max.ts'
export { mul, scaled } from './ops/mul.ts'
export { neg } from './ops/neg.ts'
export { oneHot } from './ops/one-hot.ts'
export { relu } from './ops/relu.ts'
export { reshape } from './ops/reshape.ts'
export { pad, slice, sliceAxis } from './ops/slice.ts'
export { softmax } from './ops/softmax.ts'
export { constant, fill, input, scalar } from './ops/source.ts'
export { sqrt } from './ops/sqrt.ts'
export { sub } from './ops/sub.ts'
export { broadcastTo, sum } from './ops/sum.ts'
export { tanh } from './ops/tanh.ts'
export { transpose } from './ops/transpose.ts'
export { where } from './ops/where.ts'
export { sizeOf } from './shape.ts'
export type { DataType, Operator, Shape, Value } from './value.ts'
