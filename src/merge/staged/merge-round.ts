import { adapterDigest, classifierDigest, mergeDigest } from '../format/merge-digest.ts'
import { trainedTensors } from '../format/contribution-tensors.ts'
import { mergeContributions } from '../merge.ts'
import type { MergeContext } from '../merge-result.ts'
import type { Classifier, ContributionView, MergeResult, MergeSpec, TensorMap } from '../types.ts'
import { frozenFactor, type PhaseGrams, type StagedPhase } from './phase.ts'
import { phaseFrozen } from './phase-frozen.ts'
import { inAllRows } from '../tasks/in-all-rows.ts'
import { phaseSpec, stagedAdapter } from './phase-spec.ts'
import { projectedViews } from './projected-views.ts'

/** What everybody has at the start of a round: both factors by their wire names, and the classifier. */
export interface StagedState {
  readonly adapter: TensorMap
  readonly classifier: Classifier
}

export interface StagedRound {
  readonly phase: StagedPhase
  readonly grams: PhaseGrams
  readonly from: StagedState
}

/**
 * The merge of one round of LoRM: the trained factor in closed form under the other one as it is, which stays to the bit. The result is a
 * state of the consortium's adapter, with both factors.
 *
 * Classifier by the consortium's rule, from this round's contributions alone; a class that none of them holds keeps the row it had.
 * A round that nobody has contributed to changes nothing.
 * Precision and order: those of `mergeContributions`; a Gram of whole inputs in a B-round is rounded to float32 once it is projected.
 *
 * @param contributions - of this round, checked under `phaseSpec` and its frozen digest
 */
export function mergeRound(
  spec: MergeSpec,
  context: MergeContext,
  round: StagedRound,
  contributions: readonly ContributionView[],
): MergeResult {
  const { phase, from } = round
  const checked = phaseSpec(spec, phase, round.grams)
  const merged = mergeContributions(...projected(checked, round, context, contributions))
  const adapter =
    merged.generation === 0 ? from.adapter : bothFactors(spec, phase, from.adapter, merged.adapter)
  const classifier =
    merged.classifierSource.rule === 'analytic'
      ? merged.classifier
      : keptRows(
          from.classifier,
          merged.classifier,
          contributions.map((view) => inAllRows(spec, view)),
        )
  const parts = {
    cut: merged.digests.cut,
    adapter: adapterDigest(spec, adapter),
    classifier: classifierDigest(spec.classes, classifier),
  }
  const digests = { ...parts, merge: mergeDigest(checked, merged.generation, parts) }
  return { ...merged, adapterSpec: stagedAdapter(spec), adapter, classifier, digests }
}

/** What B is merged by is A G Aᵀ, however G has travelled. */
function projected(
  checked: MergeSpec,
  { phase, from }: StagedRound,
  context: MergeContext,
  views: readonly ContributionView[],
): [MergeSpec, MergeContext, readonly ContributionView[]] {
  if (phase === 'A' || checked.grams?.form === 'projected') return [checked, context, views]
  const frozen = phaseFrozen(checked, phase, from.adapter)
  return [{ ...checked, grams: { form: 'projected' } }, context, projectedViews(checked, frozen, views)]
}

function bothFactors(spec: MergeSpec, phase: StagedPhase, from: TensorMap, trained: TensorMap): TensorMap {
  const names = spec.modules.flatMap((module) => [...trainedTensors(spec.adapter, module).keys()])
  const stays = `/${frozenFactor(phase)}`
  return new Map(names.map((name) => [name, (name.endsWith(stays) ? from : trained).get(name)!]))
}

function keptRows(before: Classifier, merged: Classifier, views: readonly ContributionView[]): Classifier {
  const { shape } = merged.weight
  const [classes, features] = shape as [number, number]
  const weight = merged.weight.data.slice()
  const bias = merged.bias.data.slice()
  for (let c = 0; c < classes; c++) {
    if (views.some(({ header }) => header.kind === 'adapter' && header.classCounts[c]! > 0)) continue
    weight.set(before.weight.data.subarray(c * features, (c + 1) * features), c * features)
    bias[c] = before.bias.data[c]!
  }
  return { weight: { shape, data: weight }, bias: { shape: merged.bias.shape, data: bias } }
}
