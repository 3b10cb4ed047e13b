import type { Score } from '../../training/index.ts'

export function sumScores(scores: readonly Score[]): Score {
  return scores.reduce(
    (total, { correct, count }) => ({ correct: total.correct + correct, count: total.count + count }),
    { correct: 0, count: 0 },
  )
}

/** Share that is right; 0 of no samples. */
export function accuracyOf({ correct, count }: Score): number {
  return correct / Math.max(count, 1)
}
