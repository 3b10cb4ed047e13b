import type { TableColumns } from '../../../training/index.ts'

/** Of one sample; categories as zeros and ones. */
export type Measurements = readonly (number | null)[]

/** Samples laid out so that a trainer reads them in a known order: class after class, each class in the order of its files or rows. */
export interface PreparedData {
  /** A folder of class folders, or a table. */
  readonly path: string
  readonly heldOutPath: string
  readonly columns?: TableColumns
  /** In row order. */
  readonly classes: readonly string[]
  readonly trainCounts: readonly number[]
  readonly testCounts: readonly number[]
  /** Domain of every training sample, where data have domains. */
  readonly domains?: readonly number[]
  /** The same of every held-out sample. */
  readonly testDomains?: readonly number[]
  readonly domainNames?: readonly string[]
  /** Of each domain and class, the share that every seed holds out anew; both paths then have all samples, and counts are of all. */
  readonly redrawn?: number
  /** Of a table of measurements: those of every sample, null where one is missing. */
  readonly measurements?: readonly Measurements[]
}
