import type { MergeResult } from '../../merge/index.ts'
import type { EvaluatedModel, SiteTrainer, WorkOptions } from '../../training/index.ts'
import type { HeldOutResults } from '../scores/held-out-results.ts'

/** How many of a site's held-out samples each model gets right; null where there is no merge yet. */
export interface ModelComparison {
  readonly samples: number
  readonly personal: number
  readonly merged: number | null
}

/** Null where nothing is held out. */
export async function compareModels(
  trainer: SiteTrainer,
  personal: EvaluatedModel,
  merged: Pick<MergeResult, 'adapter' | 'adapterSpec' | 'classifier'> | undefined,
  { results, ...work }: WorkOptions & { readonly results: Pick<HeldOutResults, 'evaluate'> },
): Promise<ModelComparison | null> {
  if (trainer.sites[0]!.heldOut.classCounts.every((count) => count === 0)) return null
  const models = merged === undefined ? [personal] : [personal, merged]
  const [own, other] = await results.evaluate(trainer, models, undefined, work)
  return { samples: own!.count, personal: own!.correct, merged: other?.correct ?? null }
}
