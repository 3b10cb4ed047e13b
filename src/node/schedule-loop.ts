import { ChangeSignal } from './change-signal.ts'
import type { Decision, ScheduleFacts } from './schedule.ts'
import { nextAction } from './schedule.ts'

export interface ScheduleLoopInit {
  readonly signal: AbortSignal
  readonly now: () => number
  facts(): ScheduleFacts
  /** Told when what the node does has changed. */
  onDecision(decision: Decision): void
  train(decision: Extract<Decision, { kind: 'train' }>): Promise<void>
  measure(decision: Extract<Decision, { kind: 'measure' }>): Promise<void>
  /** An action has failed; it must lead to other facts, or the action is tried again. */
  onFailure(decision: Decision, error: unknown): void
  /** Nothing has been to do for a while. */
  onRest(): Promise<void>
}

/** Short enough that a node at rest is small, long enough that a last straggler does not make it load everything again. */
const REST_AFTER_MS = 20_000

/** Looks at the facts, does the next action, and sleeps until something has changed. */
export class ScheduleLoop {
  readonly #init: ScheduleLoopInit
  readonly #change = new ChangeSignal()
  #running: Promise<void> | undefined
  #told: string | undefined

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
      const decision = nextAction(this.#init.facts())
      this.#tell(decision)
      const hasRest = decision.kind === 'idle' || decision.kind === 'stuck'
      restFrom = hasRest ? (restFrom ?? this.#init.now() + REST_AFTER_MS) : undefined
      await this.#do(decision, restFrom)
      if (restFrom !== undefined && this.#init.now() >= restFrom) {
        await this.#init.onRest()
        restFrom = Infinity
      }
    }
  }

  async #do(decision: Decision, restFrom: number | undefined): Promise<void> {
    const { signal, now } = this.#init
    try {
      switch (decision.kind) {
        case 'train':
          await this.#init.train(decision)
          return
        case 'measure':
          await this.#init.measure(decision)
          return
        case 'wait':
          await this.#change.wait(decision.until === null ? null : decision.until - now(), signal)
          return
        case 'stuck':
        case 'idle':
          await this.#change.wait(
            restFrom === undefined || restFrom === Infinity ? null : restFrom - now(),
            signal,
          )
      }
    } catch (error) {
      if (!signal.aborted) this.#init.onFailure(decision, error)
    }
  }

  #tell(decision: Decision): void {
    const told = `${decision.kind} ${decision.text}`
    if (told === this.#told) return
    this.#told = told
    this.#init.onDecision(decision)
  }
}
