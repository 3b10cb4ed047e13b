import { rowsOfTask } from '../../merge/index.ts'
import type { ContributionDraft } from '../assemble-contribution.ts'
import type { FittedSite } from '../fit-site.ts'
import type { MergeLoop } from '../merge-loop.ts'
import type { PublishGate } from '../publish-gate/publish-gate.ts'
import type { TrainerHost } from '../site-trainer.ts'
import type { NodeStore } from '../types.ts'
import type { SiteTraining, Train } from './site-training.ts'
import { adapterDraft, trainingSeed, trainingState } from './site-work.ts'

export interface MergedTrainingInit {
  readonly site: FittedSite
  readonly store: NodeStore
  readonly merge: Pick<MergeLoop, 'ofTask'>
  readonly trainer: Pick<TrainerHost, 'train'>
  readonly gate: Pick<PublishGate, 'check'>
}

/** Every contribution is trained from the merge of the moment. */
export class MergedTraining implements SiteTraining {
  readonly #init: MergedTrainingInit

  constructor(init: MergedTrainingInit) {
    this.#init = init
  }

  async train(decision: Train, signal: AbortSignal): Promise<ContributionDraft> {
    const { site, merge, store, trainer, gate } = this.#init
    const { spec } = site
    const from = decision.base === null ? undefined : await merge.ofTask(decision.task)
    const classes = spec.tasks && rowsOfTask(spec, decision.task)
    const start = trainingState(from) ?? site.start
    const result = await trainer.train(start, { seed: trainingSeed(site, store), classes }, signal)
    await gate.check({ from: start, trained: result.state, classes }, signal)
    const base = from?.result.digests.merge ?? null
    return adapterDraft(spec, { ...decision, base }, result)
  }
}
