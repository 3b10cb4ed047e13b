import type { EvaluatedModel, EvaluateResult } from '../../training/index.ts'
import type { EventHub } from '../event-hub.ts'
import type { FittedSite } from '../fit-site.ts'
import type { Problems } from '../problems.ts'
import type { HeldOutResults } from '../scores/held-out-results.ts'
import type { TrainerHost } from '../site-trainer.ts'
import { judgeCandidate } from './judge-candidate.ts'
import { readServing, serve, type Served, type ServedKind, type Serving } from './served-model.ts'
import { servedState } from './served-state.ts'

export interface ServingDeskInit {
  readonly site: Pick<FittedSite, 'charter' | 'spec' | 'paths' | 'config'>
  readonly trainer: Pick<TrainerHost, 'use'>
  readonly results: Pick<HeldOutResults, 'evaluate'>
  readonly hub: Pick<EventHub, 'emit'>
  readonly problems: Pick<Problems, 'failed'>
  readonly signal: AbortSignal
  /** Milliseconds since 1970. */
  readonly wallNow: () => number
}

/** A newer model that the site could serve. */
export interface Candidate {
  readonly kind: Exclude<ServedKind, 'alone'>
  readonly digest: string
  /** Where it is kept. */
  readonly file: string
  readonly model: EvaluatedModel
  /** Rows of the classifier of which it can say anything. @default all */
  readonly rows?: readonly number[] | undefined
}

/**
 * Lets newer models take the place of what a site serves, as its settings say: by both models' answers on its held-out samples. Training goes
 * on from the merge whatever is served. The record on the disk decides, so that a person may choose while the node runs.
 */
export class ServingDesk {
  readonly #init: ServingDeskInit

  constructor(init: ServingDeskInit) {
    this.#init = init
  }

  /** A failure is named, and what is served stays. */
  async consider(candidate: Candidate): Promise<void> {
    const { problems, signal } = this.#init
    try {
      await this.#judge(candidate)
    } catch (error) {
      if (!signal.aborted) problems.failed('serving', error)
    }
  }

  async #judge(candidate: Candidate): Promise<void> {
    const { site, hub, wallNow } = this.#init
    const serving = await readServing(site.paths.served)
    if (candidate.kind !== this.#followed(serving) || candidate.digest === serving?.current.digest) return
    const [result, served] = await this.#evaluate(candidate, serving)
    const { classes } = site.spec
    const { adopts, reason } = judgeCandidate(site.config.serving, { served, candidate: result, classes })
    const { kind, digest, file } = candidate
    if (adopts) {
      const heldOut = { correct: result.correct, count: result.count }
      const model: Omit<Served, 'sha256'> = { kind, digest, since: wallNow(), by: 'node', reason, heldOut }
      await serve(site.paths.served, file, model, kind)
    }
    hub.emit({ type: 'candidate', kind, digest, adopted: adopts, reason })
  }

  /** Sites with models of their own serve those unless a person has said otherwise. */
  #followed(serving: Serving | undefined): Serving['follows'] {
    return serving?.follows ?? (this.#init.site.charter.personal === undefined ? 'merged' : 'personal')
  }

  /** The candidate, and what is served where that is anything, on the same samples in one pass. */
  async #evaluate(
    { model, rows }: Candidate,
    serving: Serving | undefined,
  ): Promise<readonly [EvaluateResult, EvaluateResult | null]> {
    const { trainer, results, signal, site } = this.#init
    const served = serving && (await servedState(site.spec, site.paths.served, serving.current))
    const models = served === undefined ? [model] : [model, served]
    const [candidate, before] = await trainer.use(signal, (one, work) =>
      results.evaluate(one, models, rows, work),
    )
    return [candidate!, before ?? null]
  }
}
