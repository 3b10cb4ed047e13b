import type { LabelledFeatures, Tensor } from '../../../merge/index.ts'
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
    for (const sample of samples) sums.add({ x: this.#row(sample), label: this.#labels[sample]! })
  }

  /** Sums of samples of these classes alone, with rows for no others. */
  sumsOf(classes: readonly number[], samples: readonly number[]): ClassifierStatistics {
    const places = new Map(classes.map((c, place) => [c, place]))
    const sums = new ClassifierStatistics(this.width, classes.length)
    for (const sample of samples)
      sums.add({ x: this.#row(sample), label: places.get(this.#labels[sample]!)! })
    return sums
  }

  /** These samples alone. */
  labelled(samples: readonly number[]): LabelledFeatures {
    const data = new Float32Array(samples.length * this.width)
    for (const [row, sample] of samples.entries()) data.set(this.#row(sample), row * this.width)
    const features = { shape: [samples.length, this.width], data }
    return { features, labels: samples.map((sample) => this.#labels[sample]!) }
  }

  /** Of each of these classes. */
  classCounts(classes: readonly number[], samples: readonly number[]): number[] {
    const labels = samples.map((sample) => this.#labels[sample]!)
    return classes.map((c) => labels.filter((label) => label === c).length)
  }

  #row(sample: number): Float32Array {
    return this.#rows.data.subarray(sample * this.width, (sample + 1) * this.width)
  }
}
