import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { sha256Hex } from '../../merge/index.ts'
import type { EvaluatedModel, EvaluateResult } from '../../training/index.ts'
import type { EventHub } from '../event-hub.ts'
import type { FittedSite } from '../fit-site.ts'
import type { Problems } from '../problems.ts'
import type { HeldOutResults } from '../scores/held-out-results.ts'
import type { TrainerHost } from '../site-trainer.ts'
import { scoresByTask, writeCandidate, type CandidateReport, type TaskRows } from './candidate-report.ts'
import { judgeCandidate, type Verdict } from './judge-candidate.ts'
import { KnownResults, type NamedModel } from './known-results.ts'
import { readServing, serveUnlessChanged, type ServedKind, type Serving } from './served-model.ts'
import { servedState, stateIn } from './served-state.ts'

export interface ServingDeskInit {
  readonly site: Pick<FittedSite, 'charter' | 'spec' | 'paths' | 'config'>
  readonly trainer: Pick<TrainerHost, 'use'>
  readonly results: Pick<HeldOutResults, 'evaluate' | 'say'>
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
  /** Whose rows those are. @default the charter's own classes */
  readonly tasks?: readonly TaskRows[] | undefined
  /** What it is offered in place of, where the site follows that, and why; newer ones of that are followed all the same. @default nothing */
  readonly inPlaceOf?: { readonly kind: 'personal'; readonly why: string } | undefined
}

type JudgedKind = CandidateReport['models'][number]['model']
type Judged = Partial<Record<JudgedKind, NamedModel & { readonly result: EvaluateResult }>>

/**
 * Lets newer models take the place of what a site serves, as its settings say: by both models' answers on its held-out samples. Training goes
 * on from the merge whatever is served. The record on the disk decides, so that a person may choose while the node runs.
 */
export class ServingDesk {
  readonly #init: ServingDeskInit
  readonly #known = new KnownResults()

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

  /** Emits `chosen` with what a person has put in the place of the model before. */
  async tellChosen(): Promise<void> {
    const { site, hub } = this.#init
    const current = (await readServing(site.paths.served))?.current
    if (current?.by !== 'person') return
    const { kind, digest, reason, who = null } = current
    hub.emit({ type: 'chosen', kind, digest, who, reason })
  }

  async #judge(candidate: Candidate): Promise<void> {
    const { site, hub, wallNow } = this.#init
    const { served: directory } = site.paths
    const serving = await readServing(directory)
    if (followedBy(candidate) !== this.#followed(serving) || candidate.digest === serving?.current.digest)
      return
    const judged = await this.#evaluate(candidate, serving)
    const { classes } = site.spec
    const results = { served: judged.served?.result ?? null, candidate: judged.candidate!.result, alone: judged.alone?.result ?? null } // prettier-ignore
    const verdict = judgeCandidate(site.config.serving, { ...results, classes })
    const { adopts: adopted, reason } = await this.#adopt(candidate, judged, withWhy(candidate, verdict), serving) // prettier-ignore
    const { kind, digest } = candidate
    const found = { kind, digest, adopted, reason, classes, ...scoresOf(candidate, judged, classes) }
    this.#tellFigures(judged, adopted)
    await writeCandidate(directory, { v: 1, at: wallNow(), ...found })
    hub.emit({ type: 'candidate', ...found })
  }

  /** For people to see. */
  #tellFigures({ candidate, served, alone }: Judged, adopted: boolean): void {
    const { results } = this.#init
    const current = adopted ? candidate : served
    if (current !== undefined) results.say('served', current.digest, current.result)
    if (alone !== undefined) results.say('alone', alone.digest, alone.result)
  }

  /** Unless a person has chosen while it was judged. */
  async #adopt(
    candidate: Candidate,
    judged: Judged,
    verdict: Verdict,
    serving: Serving | undefined,
  ): Promise<Verdict> {
    if (!verdict.adopts) return verdict
    const { site, wallNow } = this.#init
    const { kind, digest, file } = candidate
    const { correct, count } = judged.candidate!.result
    const model = { kind, digest, since: wallNow(), by: 'node', reason: verdict.reason, heldOut: { correct, count } } as const // prettier-ignore
    const taken = await serveUnlessChanged(
      site.paths.served,
      { file, model, follows: followedBy(candidate) },
      serving,
    )
    if (taken !== undefined) return verdict
    return { adopts: false, reason: `${verdict.reason}; but a person has chosen meanwhile` }
  }

  /** Sites with models of their own serve those unless a person has said otherwise. */
  #followed(serving: Serving | undefined): Serving['follows'] {
    return serving?.follows ?? (this.#init.site.charter.personal === undefined ? 'merged' : 'personal')
  }

  /** The candidate, what is served and the site alone, where there are those, on the same samples: in one pass each, and those that are known in none. */
  async #evaluate(candidate: Candidate, serving: Serving | undefined): Promise<Judged> {
    const { trainer, results, signal } = this.#init
    const { rows } = candidate
    const named = await this.#named(candidate, serving)
    const models = Object.values(named)
    const found = await trainer.use(signal, (one, work) =>
      this.#known.of(one, models, rows, (unknown) => results.evaluate(one, unknown, rows, work)),
    )
    return Object.fromEntries(Object.entries(named).map(([kind, one], i) => [kind, { ...one, result: found[i]! }])) // prettier-ignore
  }

  async #named(
    { digest, model }: Candidate,
    serving: Serving | undefined,
  ): Promise<Partial<Record<JudgedKind, NamedModel>>> {
    const { spec, paths } = this.#init.site
    const current = serving?.current
    const alone = await this.#alone()
    return {
      candidate: { digest, load: () => Promise.resolve(model) },
      ...(current && { served: { digest: current.digest, load: () => servedState(spec, paths.served, current) } }), // prettier-ignore
      ...(alone !== undefined && alone.digest !== current?.digest && { alone }),
    }
  }

  /** The site alone, where it was trained; one that does not fit any more is named, and left out. */
  async #alone(): Promise<NamedModel | undefined> {
    const { site, problems } = this.#init
    const { alone: file } = site.paths
    if (!existsSync(file)) return undefined
    try {
      const model = await stateIn(site.spec, file)
      return { digest: sha256Hex(await readFile(file)), load: () => Promise.resolve(model) }
    } catch (error) {
      problems.failed('serving', error)
      return undefined
    }
  }
}

function followedBy({ kind, inPlaceOf }: Candidate): Exclude<Serving['follows'], 'nothing'> {
  return inPlaceOf?.kind ?? kind
}

function withWhy({ inPlaceOf }: Candidate, verdict: Verdict): Verdict {
  return inPlaceOf === undefined ? verdict : { ...verdict, reason: `${verdict.reason}; ${inPlaceOf.why}` }
}

function scoresOf(
  { tasks }: Candidate,
  judged: Judged,
  classes: readonly string[],
): Pick<CandidateReport, 'tasks' | 'models'> {
  const models = Object.entries(judged).map(([kind, { digest, result }]) => {
    const { correct, count, perClass } = result
    return { model: kind as JudgedKind, digest, correct, count, perClass }
  })
  return scoresByTask(tasks ?? [{ task: null, rows: [...classes.keys()] }], models)
}
