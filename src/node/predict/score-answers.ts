import { rowsOfTask, type TaskClasses } from '../../merge/index.ts'
import type { Score } from '../../training/index.ts'
import { accuracyOf, sumScores } from '../scores/score-sums.ts'
import type { FoundModel } from './find-model.ts'

/** How a model does on samples whose classes are known. Accuracies from 0 to 1, null without samples. */
export interface AnswerScores extends Score {
  readonly accuracy: number | null
  /** Mean of the accuracies of all classes that have samples: what it would be if all had as many. */
  readonly balancedAccuracy: number | null
  /** In the order of the classifier's rows; of those that compete. */
  readonly classes: readonly ClassScore[]
  /** How often a sample of a class (row) was taken for another (column), in the order of `classes`. */
  readonly confusion: readonly (readonly number[])[]
  /** Where tasks have been opened, in their order; `task` is null for the charter's classes. */
  readonly tasks: readonly TaskScore[]
}

export interface ClassScore extends Score {
  readonly label: string
  /** Of its samples the share that was found. */
  readonly accuracy: number | null
  /** Of what was taken for it the share that is of it; null where nothing was. */
  readonly precision: number | null
}

export interface TaskScore extends Score {
  readonly task: string | null
  readonly accuracy: number | null
}

/** Counts answers on samples of known classes. */
export class AnswerTally {
  readonly #model: Pick<FoundModel, 'classes' | 'rows' | 'tasks'>
  /** By row of the sample's class, then of the answer. */
  readonly #counts: readonly Float64Array[]

  constructor(model: Pick<FoundModel, 'classes' | 'rows' | 'tasks'>) {
    this.#model = model
    this.#counts = model.classes.map(() => new Float64Array(model.classes.length))
  }

  /** @param label - row of the sample's class @param probabilities - of all rows; the first of equals is the answer */
  add(label: number, probabilities: Float64Array): void {
    let answer = 0
    for (let row = 1; row < probabilities.length; row++)
      if (probabilities[row]! > probabilities[answer]!) answer = row
    this.#counts[label]![answer]! += 1
  }

  scores(): AnswerScores {
    const { classes, rows } = this.#model
    const perRow = this.#counts.map((counts, row) => scoreOf(counts, row))
    const all = sumScores(rows.map((row) => perRow[row]!))
    const found = rows.map((row) => share(perRow[row]!)).filter((accuracy) => accuracy !== null)
    return {
      ...all,
      accuracy: share(all),
      balancedAccuracy: found.length === 0 ? null : found.reduce((sum, one) => sum + one, 0) / found.length,
      classes: rows.map((row) => {
        const taken = this.#counts.reduce((sum, counts) => sum + counts[row]!, 0)
        const precision = taken === 0 ? null : this.#counts[row]![row]! / taken
        return { label: classes[row]!, ...perRow[row]!, accuracy: share(perRow[row]!), precision }
      }),
      confusion: rows.map((row) => rows.map((answer) => this.#counts[row]![answer]!)),
      tasks: this.#tasks(perRow),
    }
  }

  #tasks(perRow: readonly Score[]): readonly TaskScore[] {
    const { classes, rows, tasks = [] } = this.#model
    const competing = new Set(rows)
    const rowsOf = ({ id }: TaskClasses): readonly number[] => rowsOfTask({ classes, tasks }, id)
    return tasks
      .filter((task) => rowsOf(task).every((row) => competing.has(row)))
      .map((task) => {
        const score = sumScores(rowsOf(task).map((row) => perRow[row]!))
        return { task: task.id, ...score, accuracy: share(score) }
      })
  }
}

function scoreOf(counts: Float64Array, row: number): Score {
  return { correct: counts[row]!, count: counts.reduce((sum, count) => sum + count, 0) }
}

function share(score: Score): number | null {
  return score.count === 0 ? null : accuracyOf(score)
}
