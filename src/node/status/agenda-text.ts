import { parseAgenda, phaseAt, type StagedSpec } from '../../merge/index.ts'

/** What a round is about, for people and programs. */
export interface AgendaReport {
  /** Name of the task; null for the charter's own classes, and where the round is about nothing. */
  readonly task: string | null
  /** From 1; null where the round is about nothing. Of the end of a task one more than its rounds. */
  readonly step: number | null
  readonly of: number
  readonly phase: 'B' | 'A' | 'end' | null
  /** `task autumn, step 1 of 5, B` */
  readonly text: string
}

/** @param nameOf - of a task, by id; undefined where this node does not know it */
export function describeAgenda(
  staged: StagedSpec,
  agenda: string,
  nameOf: (task: string) => string | undefined,
): AgendaReport {
  const { rounds: of } = staged
  const step = parseAgenda(agenda)
  if (step === null) return { task: null, step: null, of, phase: null, text: 'about nothing' }
  const phase = phaseAt(staged, step)
  const task = step.task === null ? null : (nameOf(step.task) ?? step.task.slice(0, 12))
  const what = phase === 'end' ? 'end' : `step ${step.step + 1} of ${of}, ${phase}`
  return { task, step: step.step + 1, of, phase, text: task === null ? what : `task ${task}, ${what}` }
}
