import { incrementalMerge } from '../incremental/incremental-merge.ts'
import { mergeContributions } from '../merge.ts'
import { countingContributions, type MergeContext } from '../merge-result.ts'
import { weigh } from '../rules/live-contributions.ts'
import type { ContributionView, MergeResult, MergeSpec } from '../types.ts'
import { compareCodeUnits } from '../units/canonical-order.ts'
import { classifierChange, moduleChange, relative, sumOf } from './compare-merges.ts'
import { pooledModule, type PooledModule } from './pooled-grams.ts'

/** What one peer's contributions do to one module. */
export interface ModuleInfluence {
  readonly module: string
  /** ‖Δ − Δ'‖ / ‖Δ‖ in the Frobenius norm: Δ what the merge adds to the layer, Δ' without the peer. */
  readonly change: number
  /** The same of the outputs on all inputs behind the pooled Gram, √tr(Δ G Δᵀ); undefined where contributions carry no Grams. */
  readonly response: number | undefined
  /** Of the weight: tr(w·G̃), or w where there are no Grams; undefined for rules that do not weigh tensor by tensor. */
  readonly share: number | undefined
}

/** What a merge owes to one peer: how the merge without any of its contributions differs. Shares are 0 to 1. */
export interface PeerInfluence {
  readonly peer: string
  /** Ids of its contributions in the cut, ascending. */
  readonly contributions: readonly string[]
  readonly modules: readonly ModuleInfluence[]
  /** As of one module, norms taken over all of them; the share is the mean. */
  readonly change: number
  readonly response: number | undefined
  readonly share: number | undefined
  /** Of the output layer, weight and bias together. */
  readonly classifier: number
  /** Of the merge without the peer. */
  readonly digests: MergeResult['digests']
}

/**
 * The exact influence of every contributor, one peer after the other, ascending: leave-one-out merges, not estimates.
 *
 * Precision: norms in float64 of merges in float32; a change below 1e-7 is rounding.
 * Cost: one merge of all and, for the pooled Grams, one more reading of every contribution; then for each peer, with exact sums, taking
 * off its contributions, putting back those of the peer before, and a solve; with ordered ones a merge of all others.
 * Memory: as the merge, and the pooled Grams of all modules.
 *
 * @throws as mergeContributions
 */
export function* influence(
  spec: MergeSpec,
  context: MergeContext,
  contributions: readonly ContributionView[],
): Generator<PeerInfluence, MergeResult> {
  const merge = merger(spec, context)
  const whole = merge(contributions)
  const live = countingContributions(spec, context, contributions)
  const pooled = spec.modules.map((module) =>
    pooledModule(spec, module, (tensor) => weigh(spec, live.holders(tensor))),
  )
  const peers = [...new Set(live.live.map(({ header }) => header.peer))].sort(compareCodeUnits)
  for (const peer of peers) {
    const without = merge(live.live.filter(({ header }) => header.peer !== peer))
    const own = live.live.filter(({ header }) => header.peer === peer).map(({ id }) => id)
    yield { peer, contributions: own, ...compare(spec, whole, without, pooled, peer) }
  }
  return whole
}

function merger(spec: MergeSpec, context: MergeContext): (views: readonly ContributionView[]) => MergeResult {
  if (spec.sums !== 'exact') return (views) => mergeContributions(spec, context, views)
  const kept = incrementalMerge(spec, context)
  return (views) => kept.merge(views)
}

function compare(
  spec: MergeSpec,
  whole: MergeResult,
  without: MergeResult,
  pooled: readonly (PooledModule | undefined)[],
  peer: string,
): Omit<PeerInfluence, 'peer' | 'contributions'> {
  const changes = spec.modules.map((module, m) => moduleChange(spec, module, whole, without, pooled[m]))
  const shares = pooled.map((module) => module && (module.shares.get(peer) ?? 0))
  const known = shares.filter((share) => share !== undefined)
  const responses = changes.map(({ response }) => response).filter((response) => response !== undefined)
  return {
    modules: spec.modules.map(({ name }, m) => {
      const { delta, response } = changes[m]!
      return { module: name, change: relative(delta), response: response && relative(response), share: shares[m] } // prettier-ignore
    }),
    change: relative(sumOf(changes.map(({ delta }) => delta))),
    response: responses.length === 0 ? undefined : relative(sumOf(responses)),
    share: known.length === 0 ? undefined : known.reduce((sum, share) => sum + share, 0) / known.length,
    classifier: relative(classifierChange(whole.classifier, without.classifier)),
    digests: without.digests,
  }
}
