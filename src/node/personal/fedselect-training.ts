import {
  CLASSIFIER_WEIGHT,
  maskName,
  rowsOfTask,
  type MaskGrowth,
  type WritableTensor,
} from '../../merge/index.ts'
import type { ModelState } from '../../training/index.ts'
import type { ContributionDraft } from '../assemble-contribution.ts'
import type { FittedSite } from '../fit-site.ts'
import type { NewestMerge } from '../merge-source.ts'
import type { PublishGate } from '../publish-gate/publish-gate.ts'
import type { SiteTraining, Train } from '../schedule/site-training.ts'
import { adapterDraft, trainingSeed, trainingState } from '../schedule/site-work.ts'
import type { TrainerHost } from '../site-trainer.ts'
import type { NodeStore } from '../types.ts'
import { charterStart } from './charter-start.ts'
import { loadPersonal, savePersonal } from './personal-file.ts'
import type { FedSelectRules } from './personal-rules.ts'
import { assertFits, personalModel, type FedSelectState, type Growth } from './personal-state.ts'
import { goOnFrom, grown, isGrowing, nothingSelected, packed } from './selected-entries.ts'
import { tellPersonal, type TellPersonalInit } from './tell-personal.ts'

export interface FedSelectTrainingInit extends TellPersonalInit {
  readonly site: FittedSite
  readonly store: NodeStore
  readonly trainer: Pick<TrainerHost, 'train' | 'use'>
  readonly gate: Pick<PublishGate, 'check'>
  readonly rules: FedSelectRules
}

type Start = Pick<FedSelectState, 'selection' | 'growths' | 'trainings'> & { readonly from: ModelState }

/**
 * FedSelect: what a site keeps to itself goes on as it trained it, all else from the merge of the moment. Personal and shared entries take
 * turns in training; every so many trainings what has moved most since becomes personal, and starts from the merge once more. What is
 * personal leaves as zeros under a mask.
 *
 * @see FedSelect, Tamirisa et al., CVPR 2024; arXiv:2404.02478
 */
export class FedSelectTraining implements SiteTraining {
  readonly #init: FedSelectTrainingInit

  constructor(init: FedSelectTrainingInit) {
    this.#init = init
  }

  async train(decision: Train, signal: AbortSignal): Promise<ContributionDraft> {
    const { site, store, trainer, gate, merge } = this.#init
    const { spec, paths } = site
    const newest = merge.newest
    const base = newest?.summary.digest ?? null
    const { from, selection, growths, trainings } = await this.#start(newest)
    const classes = spec.tasks && rowsOfTask(spec, decision.task)
    const masks = packed(selection)
    const options = { seed: trainingSeed(site, store), classes, personal: masks }
    const result = await trainer.train(from, options, signal)
    const { state } = result
    await gate.check({ from, trained: state, isPersonal: true, classes }, signal)
    const personal: FedSelectState = { method: 'fedselect', state, adapter: spec.adapter, base, selection, growths, trainings: trainings + 1, trained: result.trained } // prettier-ignore
    await savePersonal(paths.personal, personal)
    await tellPersonal(this.#init, personalModel(personal), newest?.summary.cut ?? [], signal)
    return withMasks(adapterDraft(spec, { ...decision, base }, result), masks)
  }

  async #start(newest: NewestMerge | undefined): Promise<Start> {
    const { site, rules } = this.#init
    const { spec, paths } = site
    const kept = await loadPersonal(paths.personal)
    const merged = trainingState(newest)
    if (kept === undefined) {
      const from = merged ?? site.start ?? charterStart(site)
      return { from, selection: nothingSelected(spec, from), growths: [], trainings: 0 }
    }
    assertFits(kept, { method: 'fedselect', adapter: spec.adapter }, paths.personal)
    const from = merged === null ? kept.state : goOnFrom(kept.state, merged, kept.selection)
    return { from, ...grow(kept, rules) }
  }
}

/** By what was trained, before shared entries were averaged. */
function grow(
  kept: FedSelectState,
  { every, ...growth }: MaskGrowth & { readonly every: number },
): Omit<Start, 'from'> {
  const { state, selection, growths, trainings, trained } = kept
  if (!isGrowing(trainings, every)) return { selection, growths, trainings }
  const larger = grown(selection, state, growth, new Set([...trained, CLASSIFIER_WEIGHT]))
  return {
    selection: larger,
    trainings,
    growths: [...growths, { trainings, shares: sharesOf(larger.masks) }],
  }
}

/** Of the tensors that are sent: a site may leave out heads. */
function withMasks(draft: ContributionDraft, masks: ReadonlyMap<string, Uint8Array>): ContributionDraft {
  const sent = [...masks].filter(([name]) => draft.tensors.has(name))
  const onWire = sent.map(([name, data]) => [maskName(name), { shape: [data.length], data }] as const)
  return { ...draft, tensors: new Map<string, WritableTensor>([...draft.tensors, ...onWire]) }
}

function sharesOf(masks: FedSelectState['selection']['masks']): Growth['shares'] {
  const share = (mask: readonly boolean[]): number => mask.filter(Boolean).length / mask.length
  return Object.fromEntries([...masks].map(([name, mask]) => [name, share(mask)]))
}
