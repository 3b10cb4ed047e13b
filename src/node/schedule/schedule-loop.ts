import type { MergeScorer } from '../scores/merge-scorer.ts'
import { ChangeSignal } from './change-signal.ts'
import type { Decision } from './schedule.ts'

/** A decision that is work, not waiting. */
export type Work = Extract<Decision, { kind: 'look' | 'train' | 'measure' | 'renew' }>

/** What the loop has done: work, or bringing out what was made before. */
export type Step = Work | Extract<Decision, { kind: 'publish' }>

export interface ScheduleLoopInit {
  readonly signal: AbortSignal
  readonly now: () => number
  /** What to do next, from the facts as they are now. */
  decide(): Decision
  /** Told when what the node does has changed. */
  onDecision(decision: Decision): void
  perform(step: Step): Promise<void>
  /** It has failed; that must lead to other facts, or it is tried again. */
  onFailure(step: Step, error: unknown): void
  /** Nothing has been to do for a while. */
  onRest(): Promise<void>
  /** Looks at the newest merge: while nothing else is to do, and at most once between two pieces of work, however fast merges come. */
  readonly scoring?: Pick<MergeScorer, 'isDue' | 'run'> | undefined
}

/** Short enough that a node at rest is small, long enough that a last straggler does not make it load everything again. */
const REST_AFTER_MS = 20_000

/** Does what is decided from the facts, and sleeps until something has changed. */
export class ScheduleLoop {
  readonly #init: ScheduleLoopInit
  readonly #change = new ChangeSignal()
  #running: Promise<void> | undefined
  #told: string | undefined
  /** Since the last piece of work. */
  #hasScored = false

  constructor(init: ScheduleLoopInit) {
    this.#init = init
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Something that a decision depends on may have changed. */
  wake(): void {
    this.#change.set()
  }

  /** Resolves when the loop has ended; the signal must have been aborted. */
  async ended(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#init
    let restFrom: number | undefined
    while (!signal.aborted) {
      const decision = this.#init.decide()
      if (await this.#score(decision)) {
        restFrom = undefined // the trainer runs again
        continue
      }
      this.#tell(decision)
      const hasRest = decision.kind === 'wait' ? decision.rests === true : decision.kind === 'idle' || decision.kind === 'stuck' // prettier-ignore
      restFrom = hasRest ? (restFrom ?? this.#init.now() + REST_AFTER_MS) : undefined
      await this.#do(decision, restFrom)
      if (restFrom !== undefined && this.#init.now() >= restFrom) {
        await this.#init.onRest()
        restFrom = Infinity
      }
    }
  }

  /** Whether a merge has been scored in place of what is decided: that may be something else now. */
  async #score(decision: Decision): Promise<boolean> {
    const { scoring } = this.#init
    const isWork = ['train', 'measure', 'renew'].includes(decision.kind)
    if (decision.kind === 'look' || decision.kind === 'publish') return false
    if (scoring?.isDue !== true || (isWork && this.#hasScored)) return false
    if (!isWork) this.#tell(decision)
    await scoring.run()
    this.#hasScored = true
    return true
  }

  async #do(decision: Decision, restFrom = Infinity): Promise<void> {
    const { signal, now } = this.#init
    switch (decision.kind) {
      case 'wait':
      case 'stuck':
      case 'idle': {
        const until = Math.min(restFrom, (decision.kind === 'wait' ? decision.until : null) ?? Infinity)
        await this.#change.wait(until === Infinity ? null : until - now(), signal)
        return
      }
      case 'look':
      case 'train':
      case 'measure':
      case 'publish':
      case 'renew':
        await this.#perform(decision)
    }
  }

  async #perform(step: Step): Promise<void> {
    this.#hasScored = false
    try {
      await this.#init.perform(step)
    } catch (error) {
      if (!this.#init.signal.aborted) this.#init.onFailure(step, error)
    }
  }

  #tell(decision: Decision): void {
    const told = `${decision.kind} ${decision.text}`
    if (told === this.#told) return
    this.#told = told
    this.#init.onDecision(decision)
  }
}
