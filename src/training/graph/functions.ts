import { ShapeMismatchError } from '../../errors.ts'
import { add } from './ops/add.ts'
import { differentiateAs, stopGradient } from './ops/differentiate-as.ts'
import { div } from './ops/div.ts'
import { logSoftmax } from './ops/log-softmax.ts'
import { matmul } from './ops/matmul.ts'
import { mul, scaled } from './ops/mul.ts'
import { neg } from './ops/neg.ts'
import { oneHot } from './ops/one-hot.ts'
import { reshape } from './ops/reshape.ts'
import { sum } from './ops/sum.ts'
import { assertRank, assertSameShape, normaliseAxes, sizeOf } from './shape.ts'
import type { Value } from './value.ts'

/** Mean over the named axes (all by default); they stay with length 1 when `keepDims`. */
export function mean(x: Value, axes?: readonly number[], keepDims = false): Value {
  const count = normaliseAxes('mean', axes, x.shape.length).reduce(
    (product, axis) => product * x.shape[axis]!,
    1,
  )
  return scaled(sum(x, axes, keepDims), 1 / count)
}

/**
 * x Wᵀ + b as torch.nn.Linear: x (…, in), weight (out, in), bias (out), result (…, out).
 *
 * @throws ShapeMismatchError - the shapes do not fit
 */
export function linear(x: Value, weight: Value, bias?: Value): Value {
  assertRank('linear', x.shape, 1)
  const inner = x.shape.at(-1)!
  if (weight.shape.length !== 2 || weight.shape[1] !== inner) {
    throw new ShapeMismatchError('linear weight', [-1, inner], weight.shape)
  }
  const rows = reshape(x, [-1, inner])
  const product = matmul(rows, weight, { transposeB: true })
  return reshape(bias === undefined ? product : add(product, bias), [
    ...x.shape.slice(0, -1),
    weight.shape[0]!,
  ])
}

export interface LowRank {
  /** (rank, in) */
  readonly a: Value
  /** (out, rank) */
  readonly b: Value
  readonly scale: number
}

/**
 * A linear layer with a low-rank addition: x Wᵀ + bias + scale · (x Aᵀ) Bᵀ.
 *
 * Computed as x (W + scale · B A)ᵀ, one product instead of three; differentiated by x through that sum as well, by A and B
 * through the thin products. Differs from the unmerged form by rounding alone. W carries no gradient.
 */
export function lowRankLinear(
  x: Value,
  weight: Value,
  bias: Value | undefined,
  { a, b, scale }: LowRank,
): Value {
  const merged = add(weight, matmul(b, a, { scale }))
  const rows = reshape(x, [-1, x.shape.at(-1)!])
  const thin = matmul(matmul(stopGradient(rows), a, { transposeB: true }), b, { transposeB: true, scale })
  const product = (base: Value): Value => {
    const y = matmul(rows, base, { transposeB: true })
    return bias === undefined ? y : add(y, bias)
  }
  const y = differentiateAs(product(merged), add(product(stopGradient(merged)), thin))
  return reshape(y, [...x.shape.slice(0, -1), weight.shape[0]!])
}

/**
 * Cross entropy −Σₙ wₙ Σ_c yₙ_c ln softmax(logitsₙ)_c / Σₙ wₙ, a scalar; w = 1 when not given, so the mean.
 *
 * Shapes: logits (n, classes); labels (n) of i32, or (n, classes) one-hot or soft; sampleWeights (n), their sum positive.
 */
export function crossEntropy(logits: Value, labels: Value, sampleWeights?: Value): Value {
  assertRank('crossEntropy logits', logits.shape, 2)
  const targets = labels.dtype === 'i32' ? oneHot(labels, logits.shape.at(-1)!) : labels
  assertSameShape('crossEntropy labels', logits.shape, targets.shape)
  const rows = neg(sum(mul(targets, logSoftmax(logits)), [-1]))
  if (sampleWeights === undefined) return scaled(sum(rows), 1 / sizeOf(rows.shape))
  assertSameShape('crossEntropy sampleWeights', rows.shape, sampleWeights.shape)
  return div(sum(mul(rows, sampleWeights)), sum(sampleWeights))
}
