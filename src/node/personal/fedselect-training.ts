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
import type { Problems } from '../problems.ts'
import type { PublishGate } from '../publish-gate/publish-gate.ts'
import type { OwnModel, SiteTraining, Train } from '../schedule/site-training.ts'
import { adapterDraft, trainingState } from '../schedule/site-work.ts'
import type { TrainerHost } from '../site-trainer.ts'
import type { NodeStore } from '../types.ts'
import { charterStart } from './charter-start.ts'
import { KeptModel } from './kept-model.ts'
import { othersInMerge } from './others-in-merge.ts'
import { ownSeed, renewalSeed } from './own-seed.ts'
import type { FedSelectRules } from './personal-rules.ts'
import type { FedSelectState, Growth } from './personal-state.ts'
import { RenewedModel } from './renewed-model.ts'
import { goOnFrom, grown, isGrowing, nothingSelected, packed } from './selected-entries.ts'
import { tellPersonal, type TellPersonalInit } from './tell-personal.ts'

export interface FedSelectTrainingInit extends TellPersonalInit {
  readonly site: FittedSite
  readonly store: NodeStore
  readonly trainer: Pick<TrainerHost, 'train' | 'use'>
  readonly gate: Pick<PublishGate, 'check'>
  readonly problems: Pick<Problems, 'failed'>
  readonly rules: FedSelectRules
}

type Start = Pick<FedSelectState, 'selection' | 'growths' | 'trainings'> & { readonly from: ModelState }

/**
 * FedSelect: what a site keeps to itself goes on as it trained it, all else from the merge of the moment. Personal and shared entries take
 * turns in training; every so many trainings what has moved most since becomes personal, and starts from the merge once more. What is
 * personal leaves as zeros under a mask. Once all is contributed, what is shared goes on from the merge for one epoch whenever the others have
 * published more, and the better model is kept.
 *
 * @see FedSelect, Tamirisa et al., CVPR 2024; arXiv:2404.02478
 */
export class FedSelectTraining implements SiteTraining {
  readonly own: OwnModel
  readonly #init: FedSelectTrainingInit
  readonly #kept: KeptModel<'fedselect'>

  constructor(init: FedSelectTrainingInit) {
    this.#init = init
    this.#kept = new KeptModel(init.site, 'fedselect')
    this.own = new RenewedModel({ ...init, kept: this.#kept, again: (...before) => this.#again(...before) })
  }

  async train(decision: Train, signal: AbortSignal): Promise<ContributionDraft> {
    const { site, store, trainer, gate, merge } = this.#init
    const { spec, identity } = site
    const newest = merge.newest
    const base = newest?.summary.digest ?? null
    const others = othersInMerge(newest, store, identity.peer)
    const kept = await this.#kept.load()
    const { from, selection, growths, trainings } = this.#start(newest, kept)
    const classes = spec.tasks && rowsOfTask(spec, decision.task)
    const masks = packed(selection)
    const options = { seed: ownSeed(site, store, kept), classes, personal: masks }
    const result = await trainer.train(from, options, signal)
    const { state } = result
    await gate.check({ from, trained: state, isPersonal: true, classes }, signal)
    const personal: FedSelectState = {
      method: 'fedselect',
      state,
      adapter: spec.adapter,
      base,
      others,
      met: others,
      selection,
      growths,
      trainings: trainings + 1,
      generation: decision.generation,
      trained: result.trained,
    }
    await this.#kept.save(personal)
    await tellPersonal(this.#init, personal, signal)
    return withMasks(adapterDraft(spec, { ...decision, base }, result), masks)
  }

  async #again(before: FedSelectState, signal: AbortSignal): Promise<FedSelectState> {
    const { site, store, merge, trainer } = this.#init
    const { newest } = merge
    const others = othersInMerge(newest, store, site.identity.peer)
    const from = goOnFrom(before.state, newest?.result ?? charterStart(site), before.selection)
    const options = { seed: renewalSeed(site, others), personal: packed(before.selection), epochs: 1 }
    const { state } = await trainer.train(from, options, signal)
    return { ...before, state, base: newest?.summary.digest ?? null, others }
  }

  #start(newest: NewestMerge | undefined, kept: FedSelectState | undefined): Start {
    const { site, rules } = this.#init
    const { spec } = site
    const merged = trainingState(newest)
    if (kept === undefined) {
      const from = merged ?? site.start ?? charterStart(site)
      return { from, selection: nothingSelected(spec, from), growths: [], trainings: 0 }
    }
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
