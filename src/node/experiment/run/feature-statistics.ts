import type { Tensor } from '../../../merge/index.ts'
import { ClassifierStatistics } from '../../../training/index.ts'
import type { PreparedData } from '../data/prepared-data.ts'

/** Features of all training samples, (samples, features), with what a site says of some of them. */
export class FeatureTable {
  readonly #rows: Tensor
  readonly #labels: readonly number[]
  readonly #classes: number

  /** @param rows - class after class, as samples stand in the data */
  constructor(rows: Tensor, { trainCounts, classes }: PreparedData) {
    this.#rows = rows
    this.#labels = trainCounts.flatMap((count, c) => new Array<number>(count).fill(c))
    this.#classes = classes.length
  }

  get width(): number {
    return this.#rows.shape[1]!
  }

  newSums(): ClassifierStatistics {
    return new ClassifierStatistics(this.width, this.#classes)
  }

  addTo(sums: ClassifierStatistics, samples: readonly number[]): void {
    const { data } = this.#rows
    for (const sample of samples) {
      const x = data.subarray(sample * this.width, (sample + 1) * this.width)
      sums.add({ x, label: this.#labels[sample]! })
    }
  }

  classCounts(samples: readonly number[]): number[] {
    const counts = new Array<number>(this.#classes).fill(0)
    for (const sample of samples) counts[this.#labels[sample]!]! += 1
    return counts
  }
}
