import { without } from '../without.ts'
import { MAX_CLASSES } from '../constants.ts'
import type { MergeSpec, TaskClasses } from '../types.ts'
import { compareCodeUnits } from '../units/canonical-order.ts'

/**
 * A spec with the tasks that have been opened: rows of the classifier are the charter's classes as it has them, then all others by
 * ascending label. A class is its label: in several tasks it has one row.
 *
 * @param opened - in the order of the ledger; those whose classes would be more than a classifier may have are left out
 */
export function withTasks(spec: MergeSpec, opened: readonly TaskClasses[]): MergeSpec {
  const own: TaskClasses = { id: null, classes: spec.classes }
  const known = new Set(spec.classes)
  const fitting = opened.filter(({ classes }) => {
    const added = classes.filter((label) => !known.has(label))
    if (known.size + added.length > MAX_CLASSES) return false
    for (const label of added) known.add(label)
    return true
  })
  if (fitting.length === 0) return spec
  const tasks = [own, ...fitting.sort((a, b) => compareCodeUnits(a.id!, b.id!))]
  return { ...spec, classes: rowsOf(tasks), tasks }
}

/** Labels of all rows, those of the first task before the others, which are ascending. */
export function rowsOf([own, ...others]: readonly TaskClasses[]): readonly string[] {
  const first = own?.classes ?? []
  const added = new Set(others.flatMap(({ classes }) => classes))
  for (const label of first) added.delete(label)
  return [...first, ...[...added].sort(compareCodeUnits)]
}

/** Classes of a task, in the order of its contributions' rows; undefined where it is not known. */
export function classesOfTask(
  { tasks, classes }: Pick<MergeSpec, 'tasks' | 'classes'>,
  task: string | null,
): readonly string[] | undefined {
  if (tasks === undefined) return task === null ? classes : undefined
  return tasks.find(({ id }) => id === task)?.classes
}

/** What contributions to one task are checked by; undefined where it is not known. */
export function specOfTask(spec: MergeSpec, task: string | null): MergeSpec | undefined {
  const classes = classesOfTask(spec, task)
  if (classes === undefined || spec.tasks === undefined) return classes && spec
  return { ...without(spec, 'tasks'), classes }
}

/** Row of each class of a task among those of the spec. */
export function rowsOfTask(
  spec: Pick<MergeSpec, 'tasks' | 'classes'>,
  task: string | null,
): readonly number[] {
  const rows = new Map(spec.classes.map((label, row) => [label, row]))
  return classesOfTask(spec, task)!.map((label) => rows.get(label)!)
}
