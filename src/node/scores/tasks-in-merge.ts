import { createHash } from 'node:crypto'
import { rowsOfTask, type MergeSpec } from '../../merge/index.ts'
import type { ScoredTask } from './task-record.ts'

/** A task that a merge has something of. */
export interface TaskInMerge extends Omit<ScoredTask, 'score'> {
  /** Rows of the classifier. */
  readonly rows: readonly number[]
}

/**
 * Tasks that a merge was made from, in the order of the spec.
 *
 * @param taskOf - the task of a contribution, by its id; undefined for one that is not known here
 */
export function tasksInMerge(
  spec: Pick<MergeSpec, 'tasks' | 'classes'>,
  cut: readonly string[],
  taskOf: (id: string) => string | null | undefined,
): readonly TaskInMerge[] {
  const byTask = cut.map((id) => ({ id, task: taskOf(id) }))
  const ids = (belongs: (task: string | null | undefined) => boolean): string[] =>
    byTask.filter(({ task }) => belongs(task)).map(({ id }) => id)
  return (spec.tasks ?? [{ id: null }]).flatMap(({ id: task }) => {
    const own = ids((one) => one === task)
    if (own.length === 0) return []
    return [{ task, rows: rowsOfTask(spec, task), own: digestOf(own), others: digestOf(ids((one) => one !== task)) }] // prettier-ignore
  })
}

function digestOf(ids: readonly string[]): string {
  return createHash('sha256')
    .update([...ids].sort().join('\n'))
    .digest('hex')
}
