import type { Classifier } from '../../merge/index.ts'

/** The class of the largest logit W x + b, the first one on ties. Sums in float64. x (features), W (classes, features). */
export function predict({ weight, bias }: Classifier, x: Float32Array): number {
  let best = 0
  let highest = -Infinity
  for (let row = 0; row < bias.data.length; row++) {
    let logit = bias.data[row]!
    for (let k = 0; k < x.length; k++) logit += weight.data[row * x.length + k]! * x[k]!
    if (logit > highest) {
      highest = logit
      best = row
    }
  }
  return best
}
