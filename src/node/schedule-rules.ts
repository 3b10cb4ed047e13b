import { z } from 'zod'
import { gramSchema, type MergeSpec } from '../merge/index.ts'

const rounds = z.number().int().min(1).max(1000)

/**
 * When sites train and what is merged with what; docs/charter.md explains each.
 *
 *   continuous   without a barrier: so many contributions of each site and task, each on the merge of the moment
 *   one-shot     one contribution of each site and task, with all epochs
 *   staged       rounds with an agreed cut, in which the factors of lora take turns
 */
export const scheduleSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('continuous'), contributionsPerTask: rounds }),
  z.strictObject({ kind: z.literal('one-shot') }),
  z.strictObject({
    kind: z.literal('staged'),
    rounds,
    grams: z.strictObject({ B: gramSchema, A: gramSchema }),
  }),
])

export type Schedule = z.infer<typeof scheduleSchema>

/** Adapter contributions of each site to each task. */
export function contributionsPerTask(schedule: Schedule): number {
  switch (schedule.kind) {
    case 'continuous':
      return schedule.contributionsPerTask
    case 'one-shot':
      return 1
    case 'staged':
      return schedule.rounds
  }
}

/** What of a schedule the merge is a function of. */
export function stagedOf(schedule: Schedule): Pick<MergeSpec, 'staged'> {
  if (schedule.kind !== 'staged') return {}
  const { rounds, grams } = schedule
  return { staged: { rounds, grams } }
}
