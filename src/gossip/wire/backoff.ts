/** Waits that double from `minMs` to `maxMs`, times a random factor from 0.5 to 1.5 so that peers do not move in step. */
export function backoffMs(attempt: number, minMs: number, maxMs: number, random: () => number): number {
  return Math.min(maxMs, minMs * 2 ** Math.min(attempt, 30)) * (0.5 + random())
}
