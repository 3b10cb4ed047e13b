import type { TableColumns } from '../../../training/index.ts'

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
}
