import { setTimeout as delay } from 'node:timers/promises'
import { ASK_AGAIN_MAX_MS, ASK_AGAIN_MIN_MS, backoffMs, UnreachableError } from '../../gossip/index.ts'
import type { JoinStep } from './join-step.ts'

export interface RetryOptions {
  readonly signal: AbortSignal
  /** Goes on for ever where nobody answers, once it has had a first answer. */
  readonly patient: boolean
  readonly onStep: (step: JoinStep) => void
}

/** How often nobody answers before it is given up, some ten seconds. */
const ATTEMPTS = 4

/** Asks until there is an answer other than null, with waits that double; members that cannot be reached are asked again too. */
export async function retryAsking<T>(
  ask: () => Promise<T | null>,
  { signal, patient, onStep }: RetryOptions,
): Promise<T> {
  let hasAnswered = false
  for (let attempt = 0; ; attempt++) {
    const waitMs = Math.round(backoffMs(attempt, ASK_AGAIN_MIN_MS, ASK_AGAIN_MAX_MS, Math.random))
    try {
      const answer = await ask()
      if (answer !== null) return answer
      hasAnswered = true
    } catch (error) {
      signal.throwIfAborted()
      const isOver = attempt + 1 >= ATTEMPTS && !(patient && hasAnswered)
      if (!(error instanceof UnreachableError) || isOver) throw error
      onStep({ type: 'retry', problem: error.message, waitMs })
    }
    await delay(waitMs, undefined, { signal })
  }
}
