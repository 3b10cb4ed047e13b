import type { MergeSource } from './merge-source.ts'
import type { SiteParts } from './open-site-parts.ts'
import { OwnMeans } from './personal/own-means.ts'
import type { RunningSiteInit } from './running-site-init.ts'
import { createTrainer } from './running-trainer.ts'
import { SiteSchedule } from './schedule/site-schedule.ts'
import { HeldOutResults } from './scores/held-out-results.ts'
import { MergeScorer } from './scores/merge-scorer.ts'
import { ServingDesk } from './serving/serving-desk.ts'
import { siteMerge, type SiteMerge } from './site-merge.ts'
import type { TrainerHost } from './site-trainer.ts'

export interface WorkshopInit {
  readonly site: RunningSiteInit
  readonly parts: SiteParts
  /** What this site tells the others that it holds is something else now. */
  readonly onHolding: () => void
}

/** What a running site makes of what is there: merges, contributions, scores, own class means, and the model that it serves. */
export class Workshop {
  readonly merge: MergeSource
  /** Where the charter has rounds. */
  readonly staged: SiteMerge['staged']
  readonly trainer: TrainerHost
  readonly serving: ServingDesk
  readonly schedule: SiteSchedule
  readonly #init: WorkshopInit
  readonly #results: HeldOutResults
  readonly #own: OwnMeans | undefined

  constructor(init: WorkshopInit) {
    const { site, parts } = init
    this.#init = init
    this.trainer = createTrainer(site)
    this.#results = new HeldOutResults(parts.figures)
    this.serving = new ServingDesk({ ...site, trainer: this.trainer, results: this.#results, wallNow: Date.now }) // prettier-ignore
    const { merge, work, staged } = this.#createMerge()
    this.merge = merge
    this.staged = staged
    this.#own = this.#createOwn()
    this.schedule = new SiteSchedule({
      ...site,
      ...parts,
      merge,
      work,
      termsAt: staged && ((round) => staged.merge.termsAt(round)),
      roundNow: staged && (() => staged.merge.chain.round),
      space: parts.keeping.space,
      trainer: this.trainer,
      scoring: this.#createScorer(),
      onDecision: (decision) => site.onDecision(decision),
    })
  }

  async start(): Promise<void> {
    const { outbox } = this.#init.parts
    this.merge.request()
    this.#own?.open()
    await outbox.follow(() => this.schedule.wake())
    this.schedule.start()
  }

  #createMerge(): SiteMerge {
    const { site, parts, onHolding } = this.#init
    return siteMerge({
      ...site,
      ...parts,
      trainer: this.trainer,
      results: this.#results,
      serving: this.serving,
      onNothing: () => this.schedule.wake(),
      onMerged: (summary) => {
        site.hub.emit({ type: 'merged', ...summary })
        onHolding()
        this.schedule.merged(summary)
      },
    })
  }

  #createScorer(): MergeScorer {
    const { site, parts, onHolding } = this.#init
    return new MergeScorer({
      ...site,
      store: parts.store,
      merge: this.merge,
      trainer: this.trainer,
      results: this.#results,
      book: parts.scores,
      serving: this.serving,
      own: this.#own,
      onScored: (merge, tasks) => {
        site.hub.emit({ type: 'scored', merge, tasks })
        onHolding()
      },
    })
  }

  #createOwn(): OwnMeans | undefined {
    const { site, parts } = this.#init
    const { personal } = site.site.charter
    if (personal?.method !== 'means') return undefined
    const { store, merges } = parts
    const { merge, trainer, serving } = this
    return new OwnMeans({ ...site, store, merges, merge, trainer, results: this.#results, serving, rules: personal }) // prettier-ignore
  }
}
