import { nextAction, type Decision, type ScheduleFacts } from './schedule.ts'

/** A task in which this site has something to do. */
export interface TaskFacts {
  /** Of the task, as people call it. */
  readonly name: string
  readonly facts: ScheduleFacts
}

/**
 * The continuous schedule over all tasks of a site, in their order: the first one in which there is something to make. A wait in one
 * task holds up no other; with nothing to make anywhere, the first wait counts.
 */
export function nextOfTasks(tasks: readonly TaskFacts[]): Decision {
  const decisions = tasks.map(({ name, facts }) => named(nextAction(facts), tasks.length > 1 ? name : null))
  const first = (...kinds: readonly Decision['kind'][]): Decision | undefined =>
    decisions.find(({ kind }) => kinds.includes(kind))
  return first('train', 'measure', 'renew') ?? first('wait') ?? first('stuck') ?? first('idle') ?? NOTHING
}

const NOTHING: Decision = { kind: 'idle', text: 'this site has no samples of any task that has been opened' }

function named(decision: Decision, task: string | null): Decision {
  return task === null ? decision : { ...decision, text: `task ${task}: ${decision.text}` }
}
