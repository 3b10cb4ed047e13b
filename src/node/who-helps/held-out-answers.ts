import { rowsOfTask, type MergeResult, type MergeSpec } from '../../merge/index.ts'
import type { EvaluatedModel, EvaluateResult, SiteTrainer, WorkOptions } from '../../training/index.ts'
import { amongClasses } from '../among-classes.ts'
import { competingRows } from '../predict/competing-rows.ts'
import { sumScores } from '../scores/score-sums.ts'
import type { MergeFigures } from './types.ts'

/** Answers of merges on the held-out samples of the classes that the merge of all can name; a merge that has nothing of a task cannot name its classes. */
export class HeldOutAnswers {
  readonly classes: readonly string[]
  /** With held-out samples. */
  readonly tasks: readonly { readonly task: string | null; readonly rows: readonly number[] }[]
  readonly #spec: MergeSpec
  readonly #trainer: SiteTrainer
  readonly #rows: readonly number[]
  readonly #work: WorkOptions

  constructor(spec: MergeSpec, trainer: SiteTrainer, whole: MergeResult, work: WorkOptions) {
    this.classes = spec.classes
    this.#spec = spec
    this.#trainer = trainer
    this.#work = work
    this.#rows = competingRows(whole.classifier, spec.classes, spec.tasks)
    const { classCounts } = trainer.sites[0]!.heldOut
    this.tasks = (spec.tasks ?? [{ id: null }])
      .map(({ id: task }) => ({ task, rows: rowsOfTask(spec, task) }))
      .filter(({ rows }) => rows.some((row) => classCounts[row]! > 0 && this.#rows.includes(row)))
  }

  async of({ adapter, adapterSpec, classifier }: MergeResult): Promise<EvaluateResult> {
    const { classes, tasks } = this.#spec
    const rows = competingRows(classifier, classes, tasks)
    const model: EvaluatedModel = { adapter, adapterSpec, classifier: amongClasses(classifier, rows) }
    const [result] = await this.#trainer.evaluate([model], 'heldOut', { ...this.#work, classes: this.#rows })
    return result!
  }

  figures({ correct, count, perClass }: EvaluateResult): MergeFigures {
    const perTask = this.tasks.map(({ rows }) => sumScores(rows.map((row) => perClass[row]!)))
    return { correct, count, perClass, perTask }
  }
}
