import { join } from 'node:path'
import { z } from 'zod'
import type { Score } from '../../training/index.ts'
import { makeDirectory, writeFileAtomic } from '../atomic-file.ts'
import { sumScores } from '../scores/score-sums.ts'

const digest = z.string().regex(/^[0-9a-f]{64}$/)
const score = z.strictObject({ correct: z.int().min(0), count: z.int().min(0) })

/** A model that could have been served, on the held-out samples of that moment. */
const judged = score.extend({
  model: z.enum(['candidate', 'served', 'alone']),
  digest,
  /** In the order of the report's classes and tasks. */
  perClass: z.array(score).readonly(),
  perTask: z.array(score).readonly(),
})

/** What was found when a newer model was last compared with what a site serves, and with the site alone where that was trained. */
export const candidateSchema = z.strictObject({
  v: z.literal(1),
  /** Milliseconds since 1970. */
  at: z.number(),
  kind: z.enum(['merged', 'personal']),
  digest,
  adopted: z.boolean(),
  /** The figures, and the rule that decided. */
  reason: z.string(),
  classes: z.array(z.string()).readonly(),
  /** That have samples held out; the classes of the charter are null. */
  tasks: z.array(digest.nullable()).readonly(),
  models: z.array(judged).readonly(),
})

export type CandidateReport = z.infer<typeof candidateSchema>
export type JudgedModel = z.infer<typeof judged>

/** Rows of a classifier that belong to a task. */
export interface TaskRows {
  readonly task: string | null
  readonly rows: readonly number[]
}

/** In `served/` of a home. */
export function candidateFile(directory: string): string {
  return join(directory, 'candidate.json')
}

export async function writeCandidate(directory: string, report: CandidateReport): Promise<void> {
  await makeDirectory(directory)
  await writeFileAtomic(candidateFile(directory), `${JSON.stringify(report)}\n`)
}

/** Scores of models class by class, summed up by task. */
export function scoresByTask(
  tasks: readonly TaskRows[],
  models: readonly (Omit<JudgedModel, 'perTask'> & { readonly perClass: readonly Score[] })[],
): Pick<CandidateReport, 'tasks' | 'models'> {
  const scored = models.map((one) => ({ ...one, perTask: tasks.map(({ rows }) => sumScores(rows.map((row) => one.perClass[row]!))) })) // prettier-ignore
  const held = tasks.flatMap((_, t) => (scored[0]!.perTask[t]!.count > 0 ? [t] : []))
  return {
    tasks: held.map((t) => tasks[t]!.task),
    models: scored.map((one) => ({ ...one, perTask: held.map((t) => one.perTask[t]!) })),
  }
}
