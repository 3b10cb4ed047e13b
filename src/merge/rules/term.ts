import type { Gram } from '../linear/gram.ts'
import type { Matrix } from '../types.ts'

/** What one contribution says of one matrix of the adapter. */
export interface Term {
  /** Of the contribution. */
  readonly id: string
  /** Factor of the Gram in all sums: γ^age, and with equal Grams for all (the rule `mean`) times the samples. */
  readonly weight: number
  /** Samples behind it. */
  readonly count: number
  /** (rows, size) */
  readonly value: Matrix
  /** (size, size) with its ridge already in it; undefined stands for the identity. */
  readonly gram: Gram | undefined
}
