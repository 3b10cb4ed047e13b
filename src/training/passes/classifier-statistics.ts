import { packedLength } from '../../merge/index.ts'
import type { Tensor } from '../../merge/index.ts'
import { featurePass } from './feature-pass.ts'
import type { Feature } from './feature-pass.ts'
import type { SamplePass } from './sample-pass.ts'

/**
 * Second moments of the classifier's inputs, for the analytic classifier.
 *
 *   gram = Σ [x;1][x;1]ᵀ, lower triangle packed by rows      cross = Σ [x;1] yᵀ, y one-hot
 *
 * Shapes, for d features and c classes: x (d), gram ((d+1)(d+2)/2), cross (d+1, c).
 * Precision: products and sums in float64, rounded once to float32 by `gram()` and `cross()`.
 */
export class ClassifierStatistics {
  readonly #features: number
  readonly #classes: number
  readonly #gram: Float64Array
  readonly #cross: Float64Array

  constructor(features: number, classes: number) {
    this.#features = features
    this.#classes = classes
    this.#gram = new Float64Array(packedLength(features + 1))
    this.#cross = new Float64Array((features + 1) * classes)
  }

  add({ x, label }: Feature): void {
    const d = this.#features
    const gram = this.#gram
    let at = 0
    for (let i = 0; i <= d; i++) {
      const xi = i < d ? x[i]! : 1
      for (let j = 0; j < i; j++) gram[at++]! += xi * x[j]!
      gram[at++]! += xi * xi
      this.#cross[i * this.#classes + label]! += xi
    }
  }

  gram(): Tensor {
    return { shape: [this.#gram.length], data: Float32Array.from(this.#gram) }
  }

  cross(): Tensor {
    return { shape: [this.#features + 1, this.#classes], data: Float32Array.from(this.#cross) }
  }
}

/** Statistics of all samples of a pass, with the adapter or of the frozen backbone. Yields the number of samples done. */
export async function* classifierStatistics(
  pass: SamplePass,
  adapted: boolean,
): AsyncGenerator<number, ClassifierStatistics> {
  const { backbone, classes } = pass.model
  const statistics = new ClassifierStatistics(backbone.features, classes)
  for await (const features of featurePass(pass, adapted)) {
    for (const feature of features) statistics.add(feature)
    yield features.length
  }
  return statistics
}
