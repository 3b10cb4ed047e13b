import { productsFit, rowsOfTask, type RestForm, type RestOfWorld } from '../../merge/index.ts'
import { restTensors, type MixtureSpec, type ModelState } from '../../training/index.ts'
import type { ContributionDraft } from '../assemble-contribution.ts'
import type { FittedSite } from '../fit-site.ts'
import { filesOf, type MergeClient } from '../merge-client.ts'
import type { Problems } from '../problems.ts'
import type { PublishGate } from '../publish-gate/publish-gate.ts'
import type { SiteTraining, Train } from '../schedule/site-training.ts'
import { adapterDraft, trainingSeed } from '../schedule/site-work.ts'
import type { TrainerHost } from '../site-trainer.ts'
import type { NodeStore } from '../types.ts'
import { charterStart } from './charter-start.ts'
import { loadPersonal, savePersonal } from './personal-file.ts'
import { assertFits, personalModel } from './personal-state.ts'
import { tellPersonal, type TellPersonalInit } from './tell-personal.ts'

export interface FedAltTrainingInit extends TellPersonalInit {
  readonly site: FittedSite
  readonly store: NodeStore
  readonly merges: Pick<MergeClient, 'rest'>
  readonly trainer: Pick<TrainerHost, 'train' | 'use'>
  readonly gate: Pick<PublishGate, 'check'>
  readonly problems: Pick<Problems, 'add'>
  readonly form: RestForm
}

/**
 * FedALT: a site goes on with a model of its own, beside what all others add up to at that moment, which it computes for itself. It sends its
 * own adapter; mixer and classifier stay at home, in `personal.safetensors`. No merge is trained from, so nobody waits for one.
 *
 * @see FedALT, AAAI 2026; arXiv:2503.11880
 */
export class FedAltTraining implements SiteTraining {
  readonly #init: FedAltTrainingInit

  constructor(init: FedAltTrainingInit) {
    this.#init = init
  }

  async train(decision: Train, signal: AbortSignal): Promise<ContributionDraft> {
    const { site, store, trainer, gate } = this.#init
    const { spec, paths } = site
    const rest = await this.#restOfWorld(decision.task, signal)
    const { from, mixture } = await this.#beside(rest)
    const classes = spec.tasks && rowsOfTask(spec, decision.task)
    const { restRank, seed: mixerSeed } = mixture
    const options = { seed: trainingSeed(site, store), classes, mixture: { restRank, seed: mixerSeed } }
    const result = await trainer.train(from, options, signal)
    const { state } = result
    await gate.check({ from, trained: state, adapterSpec: mixture, isPersonal: true, classes }, signal)
    const personal = { method: 'fedalt', state, mixture, rest: rest.ids } as const
    await savePersonal(paths.personal, personal)
    await tellPersonal(this.#init, personalModel(personal), rest.ids, signal)
    const trained = result.trained.filter((name) => name.startsWith('adapter/'))
    return adapterDraft(spec, decision, { ...result, trained })
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
  async #beside(rest: RestOfWorld): Promise<{ from: ModelState; mixture: MixtureSpec }> {
    const { site } = this.#init
    const { spec, charterDigest, identity, paths } = site
    const kept = await loadPersonal(paths.personal)
    if (kept !== undefined) assertFits(kept, { method: 'fedalt', adapter: spec.adapter }, paths.personal)
    const own = kept?.state ?? site.start ?? charterStart(site)
    const { restRank, tensors } = restTensors(rest.adapterSpec, spec.modules, rest.adapter)
    return {
      from: { ...own, adapter: new Map([...own.adapter, ...tensors]) },
      mixture: {
        kind: 'mixture',
        own: spec.adapter,
        restRank,
        seed: `${charterDigest} ${identity.peer}`,
      },
    }
  }
}
