import { productsFit, rowsOfTask, type RestForm, type RestOfWorld } from '../../merge/index.ts'
import { restTensors, type MixtureSpec, type ModelState } from '../../training/index.ts'
import type { ContributionDraft } from '../assemble-contribution.ts'
import type { FittedSite } from '../fit-site.ts'
import { filesOf, type MergeClient } from '../merge-client.ts'
import type { Problems } from '../problems.ts'
import type { PublishGate } from '../publish-gate/publish-gate.ts'
import type { OwnModel, SiteTraining, Train } from '../schedule/site-training.ts'
import { adapterDraft } from '../schedule/site-work.ts'
import type { TrainerHost } from '../site-trainer.ts'
import type { NodeStore } from '../types.ts'
import { charterStart } from './charter-start.ts'
import { keptRest } from './half-rest.ts'
import { KeptModel } from './kept-model.ts'
import { othersInMerge } from './others-in-merge.ts'
import { ownSeed, renewalSeed } from './own-seed.ts'
import type { FedAltState } from './personal-state.ts'
import { RenewedModel } from './renewed-model.ts'
import { tellPersonal, type TellPersonalInit } from './tell-personal.ts'

export interface FedAltTrainingInit extends TellPersonalInit {
  readonly site: FittedSite
  readonly store: NodeStore
  readonly merges: Pick<MergeClient, 'rest'>
  readonly trainer: Pick<TrainerHost, 'train' | 'use'>
  readonly gate: Pick<PublishGate, 'check'>
  readonly problems: Pick<Problems, 'add' | 'failed'>
  readonly form: RestForm
}

/**
 * FedALT: a site goes on with a model of its own, beside what all others add up to at that moment, which it computes for itself. It sends its
 * own adapter; mixer and classifier stay at home, in `personal.safetensors`. No merge is trained from, so nobody waits for one. Once all is
 * contributed, it goes on for one epoch whenever the others have published more, and keeps the better model.
 *
 * @see FedALT, AAAI 2026; arXiv:2503.11880
 */
export class FedAltTraining implements SiteTraining {
  readonly own: OwnModel
  readonly #init: FedAltTrainingInit
  readonly #kept: KeptModel<'fedalt'>

  constructor(init: FedAltTrainingInit) {
    this.#init = init
    this.#kept = new KeptModel(init.site, 'fedalt')
    this.own = new RenewedModel({ ...init, kept: this.#kept, again: (...before) => this.#again(...before) })
  }

  async train(decision: Train, signal: AbortSignal): Promise<ContributionDraft> {
    const { site, store, merge, trainer, gate } = this.#init
    const { spec, identity } = site
    const kept = await this.#kept.load()
    const met = othersInMerge(merge.newest, store, identity.peer)
    const rest = await this.#restOfWorld(decision.task, signal)
    const { from, mixture } = this.#beside(rest, kept)
    const classes = spec.tasks && rowsOfTask(spec, decision.task)
    const options = { seed: ownSeed(site, store, kept), classes, mixture }
    const result = await trainer.train(from, options, signal)
    const { state } = result
    await gate.check({ from, trained: state, adapterSpec: mixture, isPersonal: true, classes }, signal)
    const { generation } = decision
    const trainings = (kept?.trainings ?? 0) + 1
    const personal: FedAltState = { method: 'fedalt', state, mixture, rest: rest.ids, trainings, generation, met } // prettier-ignore
    await this.#kept.save(personal)
    await tellPersonal(this.#init, personal, signal)
    const trained = result.trained.filter((name) => name.startsWith('adapter/'))
    return adapterDraft(spec, decision, { ...result, trained })
  }

  async #again(before: FedAltState, signal: AbortSignal): Promise<FedAltState> {
    const { site, trainer } = this.#init
    const rest = await this.#restOfWorld(null, signal)
    const { from, mixture } = this.#beside(rest, before)
    const options = { seed: renewalSeed(site, rest.ids), mixture, epochs: 1 }
    const { state } = await trainer.train(from, options, signal)
    return { ...before, state, mixture, rest: rest.ids }
  }

  /** What the newest contributions of all others add up to; zero while there are none. */
  #restOfWorld(task: string | null, signal: AbortSignal): Promise<RestOfWorld> {
    const { site, store, merges, form } = this.#init
    const { peer } = site.identity
    const counting = site.roster.counting(store).list('admitted')
    const others = counting.filter(
      ({ header }) => header.kind === 'adapter' && header.task === task && header.peer !== peer,
    )
    const contributions = others.map((kept) => filesOf(store, kept))
    return merges.rest(
      {
        contributions,
        peer,
        form: this.#fitting(form, new Set(others.map(({ header }) => header.peer)).size),
      },
      { signal },
    )
  }

  /** Products of many are wider than a layer; then factors are averaged, which is said. */
  #fitting(form: RestForm, others: number): RestForm {
    const { spec } = this.#init.site
    if (form !== 'products' || productsFit(spec, others)) return form
    const text = `what ${others} others' adapters do has more rank than a layer; their factors are averaged one by one instead (rest: factors)` // prettier-ignore
    this.#init.problems.add('rest-by-factors', text)
    return 'factors'
  }

  /** This site's model, or the charter's start, with that in it. */
  #beside(rest: RestOfWorld, kept: FedAltState | undefined): { from: ModelState; mixture: MixtureSpec } {
    const { site } = this.#init
    const { spec, charterDigest, identity, config } = site
    const { restPrecision } = config.personal
    const own = kept?.state ?? site.start ?? charterStart(site)
    const { restRank, tensors } = restTensors(rest.adapterSpec, spec.modules, rest.adapter)
    return {
      from: { ...own, adapter: new Map([...own.adapter, ...keptRest(tensors, restPrecision)]) },
      mixture: {
        kind: 'mixture',
        own: spec.adapter,
        restRank,
        seed: `${charterDigest} ${identity.peer}`,
      },
    }
  }
}
