import { MalformedError } from '../../errors.ts'
import type { RoundPhase, StagedSpec } from '../types.ts'
import { phaseOf } from './phase.ts'

/** What a round is about: a step of a task, or with null nothing, until another task is opened. */
export type Agenda = TaskStep | null

export interface TaskStep {
  /** Null for the charter's own classes. */
  readonly task: string | null
  /** From 0; the one after the last round of training measures Grams. */
  readonly step: number
}

const CHARTER = 'charter'
const IDLE = 'idle'
const STEP = /^(charter|[0-9a-f]{64})\/(\d{1,4})$/

/** The text that a cut carries: `charter/0`, `<task>/3`, `idle`. */
export function formatAgenda(agenda: Agenda): string {
  return agenda === null ? IDLE : `${agenda.task ?? CHARTER}/${agenda.step}`
}

/** @throws MalformedError - no agenda of this version */
export function parseAgenda(text: string): Agenda {
  if (text === IDLE) return null
  const [, task, step] = STEP.exec(text) ?? []
  if (task !== undefined) return { task: task === CHARTER ? null : task, step: Number(step) }
  throw new MalformedError('agenda', `${JSON.stringify(text)}, expected idle or <task>/<step>`, { reason: 'bad-agenda' }) // prettier-ignore
}

/** B A B A … and then the end. */
export function phaseAt({ rounds }: Pick<StagedSpec, 'rounds'>, { step }: TaskStep): RoundPhase {
  return step >= rounds ? 'end' : phaseOf(step + 1)
}

/**
 * What follows a round: the next step of its task, or the first of the task that comes next. Undefined where nothing follows yet: a round
 * about nothing waits for a task.
 *
 * @param opened - ids of the tasks that have been opened, in the order in which they are to be worked on
 * @param finished - those that are over, that of the round itself not among them; null for the charter's own
 */
export function nextAgenda(
  staged: StagedSpec,
  agenda: Agenda,
  opened: readonly string[],
  finished: ReadonlySet<string | null>,
): Agenda | undefined {
  if (agenda !== null && phaseAt(staged, agenda) !== 'end') return { ...agenda, step: agenda.step + 1 }
  const next = opened.find((task) => !finished.has(task) && task !== agenda?.task)
  if (next !== undefined) return { task: next, step: 0 }
  return agenda === null ? undefined : null
}
