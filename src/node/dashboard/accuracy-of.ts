import { rowsOfTask, type MergeSpec } from '../../merge/index.ts'
import {
  FIGURE_ROLES,
  type FigureRole,
  type Figures,
  type HeldOutFigure,
} from '../scores/held-out-figures.ts'
import { sumScores } from '../scores/score-sums.ts'
import type { ScoreReport, TaskReportRow } from '../scores/types.ts'
import type { Accuracy, Confusion, ModelRow, TaskFigure } from './wire.ts'

/** Classes that a page can show at once. */
const MAX_CLASSES = 40

export interface AccuracySources {
  readonly spec: Pick<MergeSpec, 'classes' | 'tasks'>
  readonly figures: Figures
  readonly scores: ScoreReport
  /** Names of tasks by id. */
  readonly taskNames: ReadonlyMap<string, string>
  /** Digests of what is merged and served now. */
  readonly merged: string | null
  readonly served: string | null
}

/** How the models of a site do on its held-out samples, task by task, and what is taken for what. */
export function accuracyOf(sources: AccuracySources): Accuracy {
  const { figures, scores } = sources
  const models = FIGURE_ROLES.flatMap((role) => {
    const figure = figures[role]
    return figure === undefined ? [] : [modelRow(sources, role, figure)]
  })
  const role = (['served', 'merged', 'trained', 'alone'] as const).find((one) => models.some((row) => row.role === one && row.isCurrent)) // prettier-ignore
  const { consortium, tasks } = scores
  return {
    models,
    confusion: role === undefined ? null : confusionOf(sources.spec.classes, role, figures[role]!),
    consortium: consortium && {
      sites: consortium.sites,
      of: consortium.of,
      tasks: tasks.flatMap(consortiumFigure),
    },
  }
}

function modelRow(sources: AccuracySources, role: FigureRole, figure: HeldOutFigure): ModelRow {
  const { digest, at, correct, count } = figure
  const isCurrent = role === 'alone' || role === 'trained' || digest === sources[role]
  return { role, digest, at, isCurrent, correct, count, tasks: tasksOf(sources, figure) }
}

/** Of every task that has samples. */
function tasksOf({ spec, taskNames }: AccuracySources, { perClass }: HeldOutFigure): readonly TaskFigure[] {
  const tasks = spec.tasks ?? [{ id: null }]
  return tasks.flatMap(({ id }) => {
    const rows = spec.tasks === undefined ? spec.classes.keys() : rowsOfTask(spec, id)
    const score = sumScores([...rows].flatMap((row) => perClass[row] ?? []))
    const task = id === null ? null : (taskNames.get(id) ?? id.slice(0, 12))
    return score.count === 0 ? [] : [{ task, ...score }]
  })
}

function consortiumFigure({ name, consortium }: TaskReportRow): TaskFigure[] {
  return consortium === null ? [] : [{ task: name, correct: consortium.correct, count: consortium.count }]
}

/** Of the classes with the most held-out samples, in the order of the classifier. */
export function confusionOf(
  classes: readonly string[],
  role: FigureRole,
  { perClass, mistakes }: HeldOutFigure,
): Confusion | null {
  const there = perClass.flatMap(({ correct, count }, row) => (count === 0 ? [] : [{ row, correct, count }]))
  if (there.length === 0) return null
  const most = [...there].sort((a, b) => b.count - a.count || a.row - b.row).slice(0, MAX_CLASSES)
  const shown = most.sort((a, b) => a.row - b.row)
  const place = new Map(shown.map(({ row }, i) => [row, i]))
  return {
    role,
    classes: shown.map(({ row, correct, count }) => ({ label: classes[row] ?? `class ${row}`, correct, count })), // prettier-ignore
    of: there.length,
    mistakes: mistakes.flatMap(({ label, answer, count }) => {
      const [from, to] = [place.get(label), place.get(answer)]
      return from === undefined || to === undefined ? [] : [{ label: from, answer: to, count }]
    }),
  }
}
