import type { ContributionView, MergeSpec, TargetModule, Tensor } from '../types.ts'

/** A live adapter contribution and its γ-weight. */
export interface WeightedContribution {
  readonly view: ContributionView
  readonly weight: number
}

/**
 * Contributions that hold the newest state of a trained tensor, by its wire name, in canonical order; none where nobody has ever
 * trained it. The newest of them weighs 1.
 */
export type Holders = (tensor: string) => readonly WeightedContribution[]

/** A merge rule for the trained tensors of one module that somebody holds: wire name and merged tensor, one at a time. */
export type ModuleMerge = (
  spec: MergeSpec,
  module: TargetModule,
  holders: Holders,
) => Generator<readonly [string, Tensor]>
