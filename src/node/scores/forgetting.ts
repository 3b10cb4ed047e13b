/** Accuracies of one task: at its own end, and now. */
export interface SinceItsEnd {
  readonly end: number
  readonly now: number
}

/** What a task has lost since its own end, a_tt − a_Tt; negative where later tasks helped. */
export function forgotten({ end, now }: SinceItsEnd): number {
  return end - now
}

/** Mean over tasks, of which the last one is left out by the caller, as nothing has come after it; undefined over none. */
export function meanForgetting(earlier: readonly SinceItsEnd[]): number | undefined {
  if (earlier.length === 0) return undefined
  return earlier.reduce((sum, task) => sum + forgotten(task), 0) / earlier.length
}
