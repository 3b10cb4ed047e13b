import type { EventHub } from './event-hub.ts'

/** What is waited for: looked at after every event. */
export interface DoneFacts {
  isDone(): boolean
  /** Why it will never be done; undefined while it may. */
  ended(): Error | undefined
}

/** Resolves when it is done. @throws the signal's reason, or why it will never be */
export function whenDone(hub: EventHub, facts: DoneFacts, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = (): void => {
      const end = facts.ended()
      if (signal.aborted) settle(() => reject(signal.reason as Error))
      else if (facts.isDone()) settle(resolve)
      else if (end !== undefined) settle(() => reject(end))
    }
    const unsubscribe = hub.subscribe(check)
    const settle = (act: () => void): void => {
      unsubscribe()
      signal.removeEventListener('abort', check)
      act()
    }
    signal.addEventListener('abort', check, { once: true })
    check()
  })
}
