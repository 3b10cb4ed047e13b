import { setTimeout as delay } from 'node:timers/promises'

/** Asks `probe` again and again until it answers something other than undefined; fails with `what` after the deadline. */
export async function waitFor<T>(
  what: string,
  deadlineMs: number,
  probe: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const until = performance.now() + deadlineMs
  let last: unknown
  for (;;) {
    try {
      const answer = await probe()
      if (answer !== undefined) return answer
    } catch (error) {
      last = error
    }
    if (performance.now() > until) throw new Error(`not within ${deadlineMs} ms: ${what}`, { cause: last })
    await delay(50)
  }
}
