import { NetworkTimeoutError } from '../errors.ts'
import { systemClock, type Clock } from './clock.ts'

/**
 * Runs `work` with a signal that aborts after `timeoutMs` or with `parent`, and leaves no timer or listener behind.
 *
 * @throws NetworkTimeoutError - the time is over
 */
export async function withDeadline<T>(
  operand: string,
  timeoutMs: number,
  parent: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  clock: Clock = systemClock,
): Promise<T> {
  parent?.throwIfAborted()
  const controller = new AbortController()
  const { signal } = controller
  const cancel = clock.after(timeoutMs, () => {
    controller.abort(new NetworkTimeoutError(operand, timeoutMs))
  })
  const forward = (): void => {
    controller.abort(parent?.reason)
  }
  parent?.addEventListener('abort', forward, { once: true })
  try {
    return await work(signal)
  } catch (thrown) {
    throw signal.aborted ? signal.reason : thrown
  } finally {
    cancel()
    parent?.removeEventListener('abort', forward)
  }
}
