import { createRandom, solveClassifier, unpackSymmetric } from '../../../merge/index.ts'
import type { Classifier, Tensor } from '../../../merge/index.ts'
import type { RunContext } from './run-context.ts'
import type { FeatureTable } from './feature-statistics.ts'

/**
 * Ridge regression on random ReLU features of features that stay. Statistics are summed as they come, not sent as contributions.
 *
 *   z = max(0, R x)      R (width, d) normal from a seed, the same at every site
 *   Σ [z;1]ᵀ[z;1] and Σ [z;1]ᵀY over all sites' samples, as the statistics of `analytic`
 *
 * @see RanPAC, McDonnell et al., arXiv:2307.02186
 */
export class LiftedHead {
  readonly #context: RunContext
  readonly #table: FeatureTable
  readonly #sums: ReturnType<FeatureTable['newSums']>

  /** @param table - of lifted features */
  constructor(context: RunContext, table: FeatureTable) {
    this.#context = context
    this.#table = table
    this.#sums = table.newSums()
  }

  async add(task: number): Promise<void> {
    const { meter, tasks } = this.#context
    const { classes, sites } = tasks[task]!
    const size = this.#table.width + 1
    for (const samples of sites) {
      await meter.time('lifted', () => this.#table.addTo(this.#sums, samples))
      meter.addLifted(4 * ((size * (size + 1)) / 2 + size * classes.length))
    }
  }

  solve(): Promise<Classifier> {
    const { meter, spec, data } = this.#context
    const size = this.#table.width + 1
    return meter.time('lifted', () => {
      const gram = unpackSymmetric(this.#sums.gram().data, size)
      const cross = {
        rows: size,
        cols: data.classes.length,
        data: Float64Array.from(this.#sums.cross().data),
      }
      return solveClassifier({ gram, cross }, spec.ridge.lifted)
    })
  }
}

/** max(0, R x) of every row. (n, d) → (n, width) */
export function lift({ data, shape }: Tensor, width: number): Tensor {
  const [n, d] = shape as [number, number]
  const random = createRandom('experiment/lift')
  const projection = Float64Array.from({ length: width * d }, () => random.normal() / Math.sqrt(d))
  const result = new Float32Array(n * width)
  for (let s = 0; s < n; s++) {
    for (let i = 0; i < width; i++) {
      let sum = 0
      for (let j = 0; j < d; j++) sum += projection[i * d + j]! * data[s * d + j]!
      result[s * width + i] = Math.max(0, sum)
    }
  }
  return { shape: [n, width], data: result }
}
