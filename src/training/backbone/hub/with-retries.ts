import { setTimeout as sleep } from 'node:timers/promises'
import { HubError } from '../../errors.ts'

export interface RetryOptions {
  /** Tries in a row without any success in between. */
  readonly attempts: number
  /** Pause before the second try; doubles with each further one. */
  readonly pauseMs: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Tries again while the Hub is unreachable. `advanced` says whether the last try got something done, which starts the count anew.
 *
 * @throws HubError - the last failure, or the first that will not pass by itself
 */
export async function withRetries<T>(
  work: () => Promise<T>,
  { attempts, pauseMs, signal }: RetryOptions,
  advanced: () => boolean = () => false,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof HubError) || error.code !== 'ERR_HUB_UNREACHABLE') throw error
      if (advanced()) failures = 1
      if (failures >= attempts) throw error
      await sleep(pauseMs * 2 ** (failures - 1), undefined, signal === undefined ? {} : { signal })
    }
  }
}
