import { setTimeout as pause } from 'node:timers/promises'
import { PeermergeError } from '../errors.ts'

const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 60_000

/** Codes of a disk that is full, over a quota, failing or read-only: conditions that a person or time may end. */
const DISK_CODES: ReadonlySet<unknown> = new Set([
  'ENOSPC',
  'EDQUOT',
  'EIO',
  'EROFS',
  'ERR_NO_SPACE',
  'ERR_STORE_FAILED',
])

/** Whether this, or what caused it, is the disk's doing. */
export function isDiskTrouble(error: unknown): error is Error {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (DISK_CODES.has((at as NodeJS.ErrnoException).code)) return true
  }
  return false
}

export interface UntilStoredInit {
  readonly signal: AbortSignal
  /** Told of the first failure and of each that says something else. */
  onTrouble(error: Error): void
  /** @default 1000 */
  readonly firstRetryMs?: number
}

/** Tries `work` again, after waits that double up to a minute, while the disk is the trouble: what was computed is not lost for it. */
export async function untilStored<T>(work: () => Promise<T>, init: UntilStoredInit): Promise<T> {
  const { signal, firstRetryMs = FIRST_RETRY_MS } = init
  let told: string | undefined
  for (let wait = firstRetryMs; ; wait = Math.min(LAST_RETRY_MS, 2 * wait)) {
    try {
      return await work()
    } catch (error) {
      if (!isDiskTrouble(error)) throw error
      if (error.message !== told)
        init.onTrouble(error instanceof PeermergeError ? error : storeTrouble(error))
      told = error.message
      await pause(wait, undefined, { signal })
    }
  }
}

function storeTrouble(cause: Error): PeermergeError {
  const problem = `this site's disk: ${cause.message}; it is tried again, nothing is lost`
  return new PeermergeError('ERR_STORE_FAILED', problem, {}, { cause })
}
