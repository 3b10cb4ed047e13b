import { packedLength } from '../../merge/index.ts'
import type { GramSummary } from '../types.ts'
import { topEigenpairs } from './top-eigenpairs.ts'

/** What is kept of a Gram. */
export type GramKind = 'full' | 'diagonal' | 'top-k'

/**
 * Sums XᵀX over batches, in float64, and says at the end what is asked for. A batch's own product comes as float32, (d, d), or only
 * its diagonal, (d).
 */
export class GramSum {
  readonly #width: number
  readonly #kind: GramKind
  readonly #k: number
  readonly #sum: Float64Array
  #rows = 0

  constructor(width: number, kind: GramKind, k: number) {
    this.#width = width
    this.#kind = kind
    this.#k = k
    this.#sum = new Float64Array(kind === 'diagonal' ? width : packedLength(width))
  }

  get rows(): number {
    return this.#rows
  }

  /** Entries above the diagonal are not read. */
  add(product: Float32Array, rows: number): void {
    this.#rows += rows
    const sum = this.#sum
    if (this.#kind === 'diagonal') {
      for (let i = 0; i < sum.length; i++) sum[i]! += product[i]!
      return
    }
    for (let i = 0, at = 0; i < this.#width; i++) {
      for (let j = i * this.#width; j <= i * this.#width + i; j++) sum[at++]! += product[j]!
    }
  }

  /** Rounded to float32 once. */
  summary(): GramSummary {
    const sum = this.#sum
    if (this.#kind === 'diagonal')
      return { kind: 'diagonal', diagonal: { shape: [sum.length], data: Float32Array.from(sum) } }
    if (this.#kind === 'full')
      return { kind: 'full', packed: { shape: [sum.length], data: Float32Array.from(sum) } }
    return this.#topPairs()
  }

  /** In float32 λ_1 ≥ … ≥ λ_k ≥ rest ≥ 0, which computed eigenvalues of a flat or deficient Gram miss by rounding. */
  #topPairs(): GramSummary {
    const [d, k] = [this.#width, this.#k]
    const { values, vectors } = topEigenpairs(this.#sum, d, k)
    let left = 0
    for (let i = 0, at = 0; i < d; at += ++i + 1) left += this.#sum[at]!
    for (const value of values) left -= value
    const kept = Float32Array.from(values, (value) => Math.max(0, value))
    const rest = Math.fround(Math.max(0, left / (d - k)))
    return {
      kind: 'top-k',
      values: { shape: [k], data: kept },
      vectors: { shape: [k, d], data: Float32Array.from(vectors) },
      rest: Math.min(rest, kept[k - 1]!),
    }
  }
}
