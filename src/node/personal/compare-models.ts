import type { MergeResult } from '../../merge/index.ts'
import type { EvaluatedModel, SiteTrainer, WorkOptions } from '../../training/index.ts'
import type { HeldOutResults } from '../scores/held-out-results.ts'

/** How many of a site's held-out samples each model gets right; null where there is no merge yet. */
export interface ModelComparison {
  readonly samples: number
  readonly personal: number
  readonly merged: number | null
}

/** What became of a model that was renewed, which is the one that the comparison is of, whether it was taken or not. */
export interface Renewal {
  /** It had at least as many right as the one before, or fewer; `obliged`: fewer, but the one before was made of what counts no more. */
  readonly outcome: 'taken' | 'declined' | 'obliged'
  /** Held-out samples that the model before has right. */
  readonly before: number
  /** Names of those whose contributions the model before was made of and that count no more. */
  readonly gone: readonly string[]
}

/** Of the models that a comparison is between. */
export interface ComparedModels {
  readonly personal: EvaluatedModel
  readonly merged: Pick<MergeResult, 'adapter' | 'adapterSpec' | 'classifier'> | undefined
  /** The own model as it was before. @default not compared */
  readonly before?: EvaluatedModel
}

/** With what the own model had right before, null where that is not asked. Null where nothing is held out. */
export async function compareModels(
  trainer: SiteTrainer,
  { personal, merged, before }: ComparedModels,
  { results, ...work }: WorkOptions & { readonly results: Pick<HeldOutResults, 'evaluate'> },
): Promise<(ModelComparison & { readonly before: number | null }) | null> {
  if (trainer.sites[0]!.heldOut.classCounts.every((count) => count === 0)) return null
  const models = [personal, merged, before].filter((model) => model !== undefined)
  const found = [...(await results.evaluate(trainer, models, undefined, work))]
  const own = found.shift()!
  const other = merged === undefined ? undefined : found.shift()
  return {
    samples: own.count,
    personal: own.correct,
    merged: other?.correct ?? null,
    before: found.shift()?.correct ?? null,
  }
}
