import { canonicalOrder } from './units/canonical-order.ts'
import { trainedTensors } from './format/contribution-tensors.ts'
import { mergeAdapter } from './rules/merge-adapter.ts'
import { liveContributions, weigh } from './rules/live-contributions.ts'
import type { ContributionView, MergeSpec, TargetModule, Tensor } from './types.ts'

/** Merged tensors of modules, by the module's name. */
export type MergedModules = ReadonlyMap<string, readonly (readonly [string, Tensor])[]>

/**
 * The modules of these names out of the merge of all contributions, with the bits that the whole merge gives them: modules do not
 * depend on each other, so several threads may share them out. `mergeContributions` puts them together.
 *
 * @throws as mergeContributions
 */
export function mergeModules(
  spec: MergeSpec,
  contributions: readonly ContributionView[],
  names: readonly string[],
): MergedModules {
  const wanted = new Set(names)
  const live = liveContributions(spec, canonicalOrder(contributions))
  const merge = (module: TargetModule): (readonly [string, Tensor])[] => [
    ...mergeAdapter(spec, (tensor) => weigh(spec, live.holders(tensor)), [module]),
  ]
  const chosen = spec.modules.filter(({ name }) => wanted.has(name))
  return new Map(chosen.map((module) => [module.name, merge(module)]))
}

/**
 * Products that merging a module takes, an estimate for sharing out the work: with Grams n·r·c² for the sums over n contributions and
 * c³/6 for the solve of each trained tensor (r, c), without n·r·c.
 */
export function moduleCost(spec: MergeSpec, module: TargetModule, contributions: number): number {
  let cost = 0
  for (const [rows, cols] of trainedTensors(spec.adapter, module).values()) {
    const perContribution = rows * cols
    cost +=
      spec.rule === 'mean'
        ? contributions * perContribution
        : contributions * (perContribution * cols + cols * cols) + cols ** 3 / 6
  }
  return cost
}
