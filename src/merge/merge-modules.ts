import { canonicalOrder } from './units/canonical-order.ts'
import { trainedTensors } from './format/contribution-tensors.ts'
import { gramForm } from './format/gram-tensors.ts'
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
 * Products that merging a module takes, an estimate for sharing out the work: of each trained tensor (r, c) n·r·c over n
 * contributions; with Grams of c·c entries n·r·c² for the sums and c³/6 for the solve.
 */
export function moduleCost(spec: MergeSpec, module: TargetModule, contributions: number): number {
  const form = gramForm(spec)?.form
  const whole = form !== undefined && form !== 'diagonal' && form !== 'top-k'
  let cost = 0
  for (const [rows, cols] of trainedTensors(spec.adapter, module).values()) {
    cost += contributions * rows * cols
    if (whole) cost += contributions * rows * cols ** 2 + cols ** 3 / 6
  }
  return cost
}
