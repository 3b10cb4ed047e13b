/** Time as the protocols see it: handed in, so that a simulator can run them on a clock of its own. */
export interface Clock {
  /** Milliseconds that never go back; only differences mean something. */
  now(): number
  /** Calls `action` once, after `ms`. Returns what cancels it. */
  after(ms: number, action: () => void): () => void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, action) => {
    const timer = setTimeout(action, ms)
    return () => clearTimeout(timer)
  },
}
