import type { AdapterSpec, ContributionView, MergeSpec, TargetModule, Tensor } from '../types.ts'
import { tensorFromMatrix } from '../linear/matrix.ts'
import { combine } from './combine.ts'
import type { Term } from './term.ts'

/** A live adapter contribution and its γ-weight. */
export interface WeightedContribution {
  readonly view: ContributionView
  readonly weight: number
}

/**
 * Contributions that hold the newest state of a trained tensor, by its wire name, in canonical order; none where nobody has ever
 * trained it. The newest of each task weighs 1.
 */
export type Holders = (tensor: string) => readonly WeightedContribution[]

/** Merged tensors of one module that somebody holds: wire name and tensor, one at a time. */
export type ModuleMerge = (
  spec: MergeSpec,
  module: TargetModule,
  holders: Holders,
) => Generator<readonly [string, Tensor]>

/** How adapters are merged. A further rule is a file of its own, its vectors, and a line in adapter-rules.ts. */
export interface AdapterRule {
  /** @throws MergeSpecError - the rule is not for such a charter */
  assertFits(spec: MergeSpec): void
  readonly merge: ModuleMerge
  /** Where every trained tensor is merged by itself: what a contribution says of one. */
  readonly term?: TermOf
  /** Whether the charter's `robust` cannot limit what a contribution does here. */
  readonly isUnlimited?: true
  /** What the merge of that many contributions, at least one, is a state of. @default the charter's adapter */
  readonly result?: (adapter: AdapterSpec, contributions: number) => AdapterSpec
}

/** What a contribution says of one trained tensor of a module; undefined where it says nothing (weight 0). */
export type TermOf = (
  spec: MergeSpec,
  module: TargetModule,
  tensor: string,
  contribution: WeightedContribution,
) => Term | undefined

/** The rule that merges each trained tensor by itself, from those who hold it. */
export function tensorwise(
  assertFits: AdapterRule['assertFits'],
  tensors: (spec: MergeSpec, module: TargetModule) => Iterable<string>,
  term: TermOf,
): AdapterRule {
  return {
    assertFits,
    term,
    *merge(spec, module, holders) {
      for (const name of tensors(spec, module)) {
        const terms = holders(name)
          .map((contribution) => term(spec, module, name, contribution))
          .filter((said) => said !== undefined)
        if (terms.length > 0) yield [name, tensorFromMatrix(name, combine(spec, terms, name))]
      }
    },
  }
}
