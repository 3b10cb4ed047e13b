import type { ContributionView, MergeSpec, TargetModule, Tensor } from './types.ts'

/** A live adapter contribution and its γ-weight. */
export interface WeightedContribution {
  readonly view: ContributionView
  readonly weight: number
}

/**
 * A merge rule for the trained tensors of one module: wire name and merged tensor, one at a time. There is at least one
 * contribution, in canonical order, and the newest of them weighs 1.
 */
export type ModuleMerge = (
  spec: MergeSpec,
  module: TargetModule,
  contributions: readonly WeightedContribution[],
) => Generator<readonly [string, Tensor]>
