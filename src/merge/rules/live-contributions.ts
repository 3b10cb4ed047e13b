import { trainedTensors } from '../format/contribution-tensors.ts'
import type { ContributionView, MergeSpec } from '../types.ts'
import { generationWeights } from '../units/generation-weights.ts'
import { liveUnits, type LiveUnits } from '../units/live-units.ts'
import type { WeightedContribution } from './adapter-rule.ts'

/** Which of these contributions count, for each trained tensor of the charter. */
export function liveContributions(
  spec: MergeSpec,
  contributions: readonly ContributionView[],
): LiveUnits<ContributionView> {
  const units = spec.modules.flatMap((module) => [...trainedTensors(spec.adapter, module).keys()])
  return liveUnits(contributions, units)
}

/** By age against the newest of its task, so that the newest state of anything weighs 1. */
export function weigh(spec: MergeSpec, views: readonly ContributionView[]): readonly WeightedContribution[] {
  const weights = generationWeights(spec.decay, views)
  return views.map((view, i) => ({ view, weight: weights[i]! }))
}
