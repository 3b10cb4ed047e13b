import { spawnTrainer, type EvaluateResult } from '../../training/index.ts'
import { PeermergeError } from '../../errors.ts'
import { mergeSpecOf } from '../charter.ts'
import { charterBackbone, type FetchContext } from '../find-backbone.ts'
import { readConfig, type HomePaths } from '../home.ts'
import { assertHeldOut } from '../scores/assert-held-out.ts'
import { trainerInit } from '../site-trainer.ts'
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
  const settings = await readConfig(paths)
  const config = { ...settings, backbone: await charterBackbone(charter, settings.backbone, options) }
  await using client = spawnTrainer()
  const work = { signal: options.signal }
  const trainer = await client.open(trainerInit(charter, config, { ...mergeSpecOf(charter), classes }), work)
  assertHeldOut(trainer, paths)
  const candidates = models.map(({ found }) => ({ ...found.model, classifier: inRowsOf(found.model.classifier, found.classes, classes) })) // prettier-ignore
  const results = await trainer.evaluate(candidates, 'heldOut', work)
  return models.map((model, i) => ({ ...model, result: results[i]! }))
}

function widestOf({ root }: HomePaths, [first, ...others]: readonly SiteModel[]): SiteModel {
  if (first !== undefined)
    return others.reduce((best, one) => (one.found.classes.length > best.found.classes.length ? one : best), first) // prettier-ignore
  const text = `${root}: there is no model to choose yet; run the node until it has merged`
  throw new PeermergeError('ERR_NO_MODELS', text, { home: root })
}
