import type { Classifier } from '../../merge/index.ts'

/** The class of the largest logit W x + b, the first one on ties. Sums in float64. x (features), W (classes, features). */
export function predict({ weight, bias }: Classifier, x: Float32Array): number {
  let best = 0
  let highest = -Infinity
  for (let row = 0; row < bias.data.length; row++) {
    const value = logit(weight.data, bias.data, row, x)
    if (value > highest) {
      highest = value
      best = row
    }
  }
  return best
}

/** Of two classes: the second's logit less the first's. x (features), W (2, features). */
export function margin({ weight, bias }: Classifier, x: Float32Array): number {
  return logit(weight.data, bias.data, 1, x) - logit(weight.data, bias.data, 0, x)
}

/** w · x + b of one row, in float64. x (features), weight (classes · features), bias (classes). */
export function logit(weight: Float32Array, bias: Float32Array, row: number, x: Float32Array): number {
  let sum = bias[row]!
  for (let k = 0; k < x.length; k++) sum += weight[row * x.length + k]! * x[k]!
  return sum
}
