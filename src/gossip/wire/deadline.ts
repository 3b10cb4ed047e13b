import { NetworkTimeoutError } from '../errors.ts'

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
): Promise<T> {
  parent?.throwIfAborted()
  const controller = new AbortController()
  const { signal } = controller
  const timer = setTimeout(() => {
    controller.abort(new NetworkTimeoutError(operand, timeoutMs))
  }, timeoutMs)
  const forward = (): void => {
    controller.abort(parent?.reason)
  }
  parent?.addEventListener('abort', forward, { once: true })
  try {
    return await work(signal)
  } catch (thrown) {
    throw signal.aborted ? signal.reason : thrown
  } finally {
    clearTimeout(timer)
    parent?.removeEventListener('abort', forward)
  }
}
