import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { EvaluatedModel, Score, SiteTrainer, WorkOptions } from '../../training/index.ts'
import { PeermergeError } from '../../errors.ts'
import { analyticClassifier } from '../analytic-classifier.ts'
import type { Charter } from '../charter.ts'
import type { FetchContext } from '../find-backbone.ts'
import { rulesOf } from '../consortium-rules.ts'
import { readHoldings } from '../holdings/read-holdings.ts'
import { withHomeTrainer } from '../home-trainer.ts'
import type { HomePaths } from '../home.ts'
import { loadState, newestMerge } from '../merge-files.ts'
import { assertHeldOut } from '../scores/assert-held-out.ts'
import { readServing, servingNow, type ServingNow } from '../serving/served-model.ts'
import { readState } from '../state-file.ts'
import { loadPersonal } from './personal-file.ts'
import { personalModel, type FedAltState, type FedSelectState, type MeansState, type PersonalState } from './personal-state.ts' // prettier-ignore

export interface ExplainOptions extends FetchContext {
  readonly signal: AbortSignal
  /** A state that `train` wrote: this site alone. @default the one in the home, if there is one */
  readonly alone?: string | undefined
}

/** What a site's own model does beside others, on its own held-out samples, and what of it is its own. */
export type PersonalExplanation = ModelScores & (TrustInRest | SelectedEntries | OwnClassMeans)

interface ModelScores {
  readonly classes: readonly string[]
  /** Of every model there is, right answers in all and class by class. */
  readonly models: readonly {
    readonly model: 'frozen' | 'alone' | 'merged' | 'personal'
    readonly correct: number
    readonly count: number
    readonly perClass: readonly Score[]
  }[]
  /** Null while nothing is. */
  readonly serving: ServingNow | null
}

export interface TrustInRest {
  readonly method: 'fedalt'
  /** Shares of the rest of the world on the same samples, 0 to 1: of every adapted module, class by class, null without samples. */
  readonly trust: readonly { readonly module: string; readonly perClass: readonly (number | null)[] }[]
  /** Contributions that the rest of the world was made of when the model was trained. */
  readonly rest: readonly string[]
}

export interface SelectedEntries extends Pick<FedSelectState, 'method' | 'trainings' | 'base' | 'growths'> {
  /** Tensors of which entries can become personal. */
  readonly tensors: readonly string[]
}

export type OwnClassMeans = Pick<MeansState, 'method' | 'base' | 'strength' | 'temperature' | 'statistics'>

/**
 * Compares the models that a site could serve, and says how far the mixers of its own trust the others, or what of it became personal and when. A node may run
 * there.
 *
 * @throws PeermergeError ERR_NOT_PERSONAL, ERR_NOTHING_HELD_OUT; HomeLockedError - another command is at work there; InvalidFileError, BackboneError
 */
export async function explainPersonal(
  paths: HomePaths,
  options: ExplainOptions,
): Promise<PersonalExplanation> {
  const { founding, statements } = await readHoldings(paths, { ids: [], signal: options.signal })
  const { charter, spec } = rulesOf(founding, statements)
  const personal = await personalOf(paths, charter)
  const file = options.alone ?? (existsSync(paths.alone) ? paths.alone : undefined)
  const alone = file === undefined ? undefined : await readState(spec, file)
  const merged = await mergedOf(paths)
  return await withHomeTrainer(paths, { charter, spec }, options, async (trainer, work) => {
    assertHeldOut(trainer, paths)
    const models = {
      frozen: { adapter: null, classifier: await analyticClassifier(trainer, charter, null, work) },
      ...(alone !== undefined && { alone }),
      ...merged,
      personal: personalModel(personal),
    }
    const scores = await scored(trainer, models, work)
    const serving = servingNow(await readServing(paths.served))
    return { classes: spec.classes, models: scores, serving, ...(await ownOf(trainer, personal, work)) }
  })
}

async function ownOf(
  trainer: SiteTrainer,
  personal: PersonalState,
  work: WorkOptions,
): Promise<TrustInRest | SelectedEntries | OwnClassMeans> {
  switch (personal.method) {
    case 'fedalt':
      return await trustOf(trainer, personal, work)
    case 'fedselect':
      return selectedIn(personal)
    case 'means': {
      const { method, base, strength, temperature, statistics } = personal
      return { method, base, strength, temperature, statistics }
    }
  }
}

async function trustOf(
  trainer: SiteTrainer,
  { method, state, mixture, rest }: FedAltState,
  work: WorkOptions,
): Promise<TrustInRest> {
  const { modules, perClass } = await trainer.mixerTrust({ ...state, adapterSpec: mixture }, 'heldOut', work)
  return { method, rest, trust: modules.map((module, m) => ({ module, perClass: perClass[m]! })) }
}

function selectedIn({ method, trainings, base, growths, selection }: FedSelectState): SelectedEntries {
  return { method, trainings, base, growths, tensors: [...selection.masks.keys()] }
}

/** @throws PeermergeError ERR_NOT_PERSONAL */
async function personalOf(
  { personal: file, root }: HomePaths,
  { personal }: Charter,
): Promise<PersonalState> {
  const found = await loadPersonal(file)
  if (found !== undefined) return found
  const problem =
    personal === undefined
      ? 'sites of this consortium keep no models of their own (charter field personal)'
      : 'this site has not trained its own model yet; run the node until it has'
  throw new PeermergeError('ERR_NOT_PERSONAL', `${root}: ${problem}`, { home: root })
}

/** Nothing while there is none. */
async function mergedOf({ merges }: HomePaths): Promise<{ merged?: EvaluatedModel }> {
  const digest = await newestMerge(merges).catch(() => undefined)
  return digest === undefined ? {} : { merged: await loadState(join(merges, `${digest}.safetensors`)) }
}

async function scored(
  trainer: SiteTrainer,
  models: Readonly<Partial<Record<PersonalExplanation['models'][number]['model'], EvaluatedModel>>>,
  work: WorkOptions,
): Promise<PersonalExplanation['models']> {
  const names = Object.keys(models) as PersonalExplanation['models'][number]['model'][]
  const results = await trainer.evaluate(names.map((name) => models[name]!), 'heldOut', work) // prettier-ignore
  return results.map(({ correct, count, perClass }, i) => ({ model: names[i]!, correct, count, perClass }))
}
