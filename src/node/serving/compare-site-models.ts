import type { EvaluateResult } from '../../training/index.ts'
import { PeermergeError } from '../../errors.ts'
import { mergeSpecOf } from '../charter.ts'
import type { FetchContext } from '../find-backbone.ts'
import { withHomeTrainer } from '../home-trainer.ts'
import type { HomePaths } from '../home.ts'
import { assertHeldOut } from '../scores/assert-held-out.ts'
import { inRowsOf } from './in-rows-of.ts'
import type { SiteModel } from './site-models.ts'

export interface CompareOptions extends FetchContext {
  readonly signal: AbortSignal
}

export interface JudgedModel extends SiteModel {
  readonly result: EvaluateResult
}

/**
 * What every model gets right of the site's held-out samples, the same for all, in the rows of the widest. Takes no lock: a node may run there.
 *
 * @throws PeermergeError ERR_NO_MODELS - the home has none; ERR_NOTHING_HELD_OUT; BackboneError, DatasetError
 */
export async function compareSiteModels(
  paths: HomePaths,
  models: readonly SiteModel[],
  options: CompareOptions,
): Promise<readonly JudgedModel[]> {
  const { charter, classes } = widestOf(paths, models).found
  const candidates = models.map(({ found }) => ({ ...found.model, classifier: inRowsOf(found.model.classifier, found.classes, classes) })) // prettier-ignore
  const spec = { ...mergeSpecOf(charter), classes }
  const results = await withHomeTrainer(paths, { charter, spec }, options, (trainer, work) => {
    assertHeldOut(trainer, paths)
    return trainer.evaluate(candidates, 'heldOut', work)
  })
  return models.map((model, i) => ({ ...model, result: results[i]! }))
}

function widestOf({ root }: HomePaths, [first, ...others]: readonly SiteModel[]): SiteModel {
  if (first !== undefined)
    return others.reduce((best, one) => (one.found.classes.length > best.found.classes.length ? one : best), first) // prettier-ignore
  const text = `${root}: there is no model to choose yet; run the node until it has merged`
  throw new PeermergeError('ERR_NO_MODELS', text, { home: root })
}
