import type { RunRecord } from '../../../../src/node/experiment/types.ts'

/** A finished run whose own head has these accuracies on its tasks after the last one, and lost 0.1 on all but that. */
export function recordOf(
  method: string,
  seed: number,
  last: readonly number[],
  changes: Partial<RunRecord> = {},
): RunRecord {
  const tasks = last.map((_, t) =>
    last.slice(0, t + 1).map((value, i) => (i === t && t < last.length - 1 ? value + 0.1 : value)),
  )
  return {
    v: 1,
    id: `${method}-${seed}`,
    method,
    split: '0.5',
    seed,
    heads: { own: { rounds: last.map((value) => value), tasks } },
    bytes: { total: 3_000_000, round: 250_000, adapter: 100_000, statistics: 1_000_000, lifted: 0 },
    ms: { train: 60_000, measure: 5_000, merge: 1_000, solve: 500, evaluate: 2_000, lifted: 0, wall: 70_000 },
    ...changes,
  }
}
