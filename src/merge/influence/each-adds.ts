import { mergeContributions } from '../merge.ts'
import { countingContributions, type MergeContext } from '../merge-result.ts'
import type { ContributionView, MergeResult, MergeSpec } from '../types.ts'
import { compareCodeUnits } from '../units/canonical-order.ts'
import { classifierChange, moduleChange, relative, sumOf } from './compare-merges.ts'

/** What one adapter contribution added to the merge of those before it. */
export interface Addition {
  readonly peer: string
  readonly generation: number
  /** Its id, and those of the statistics that came with it. */
  readonly contributions: readonly string[]
  /** ‖Δ − Δ'‖ / ‖Δ‖ in the Frobenius norm: Δ what the merge adds to all layers, Δ' without this contribution and those after it. */
  readonly change: number
  /** Of the output layer, weight and bias together. */
  readonly classifier: number
  /** The merge as it was then. */
  readonly result: MergeResult
}

/**
 * Adapter contributions one after the other, by generation, then by peer and number: the same order on every machine, which is that of arrival
 * but for those of one generation, which did not know of each other. A peer's statistics count with its first adapter; those of peers without
 * one are there from the first. The last result is the merge of all.
 *
 * Cost: one merge for each adapter contribution.
 *
 * @throws as mergeContributions
 */
export function* eachAdds(
  spec: MergeSpec,
  context: MergeContext,
  contributions: readonly ContributionView[],
): Generator<Addition> {
  const { live } = countingContributions(spec, context, contributions)
  const adapters = live.filter(({ header }) => header.kind === 'adapter').sort(inOrder)
  const first = new Map<string, ContributionView>()
  for (const view of adapters) if (!first.has(view.header.peer)) first.set(view.header.peer, view)
  const others = live.filter(({ header }) => header.kind !== 'adapter')
  let there: readonly ContributionView[] = []
  let before = mergeContributions(spec, context, [])
  for (const [i, view] of adapters.entries()) {
    const come = others.filter(({ header }) => (first.get(header.peer) ?? adapters[0]) === view)
    there = [...there, view, ...come]
    const result = mergeContributions(spec, context, i === adapters.length - 1 ? contributions : there)
    const changes = spec.modules.map((module) => moduleChange(spec, module, result, before, undefined).delta)
    yield {
      peer: view.header.peer,
      generation: view.header.generation,
      contributions: [view, ...come].map(({ id }) => id),
      change: relative(sumOf(changes)),
      classifier: relative(classifierChange(result.classifier, before.classifier)),
      result,
    }
    before = result
  }
}

function inOrder({ header: a }: ContributionView, { header: b }: ContributionView): number {
  return a.generation - b.generation || compareCodeUnits(a.peer, b.peer) || a.sequence - b.sequence
}
