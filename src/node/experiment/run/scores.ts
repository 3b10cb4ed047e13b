import type { AdapterSpec } from '../../../merge/index.ts'
import type { EvaluatedModel, EvaluateResult } from '../../../training/index.ts'
import { accuracyOf, sumScores } from '../../scores/score-sums.ts'
import { recordedRight } from '../right-samples.ts'
import type { HomeScores, Trajectory } from '../types.ts'
import { homeScores, twoClassScore, type SiteScore } from './home-scores.ts'
import type { RunContext } from './run-context.ts'

/** Accuracies of a model that grows, collected round by round and task by task. */
export class Scores {
  readonly #context: RunContext
  readonly #adapter: AdapterSpec
  readonly #rounds: number[] = []
  readonly #tasks: number[][] = []
  #atEnd: HomeScores & Pick<Trajectory, 'right'> = {}

  /** @param adapter - that of the trainer */
  constructor(context: RunContext, adapter: AdapterSpec) {
    this.#context = context
    this.#adapter = adapter
  }

  /** After a round, tasks counted from 0; the last round of a task also gives its row. */
  async add(model: EvaluatedModel, task: number, endsTask: boolean): Promise<void> {
    const { scoresEnd, tasks, reported, spec, data } = this.#context
    const isLast = endsTask && task === tasks.length - 1
    if (scoresEnd && !isLast) return
    const most = endsTask ? undefined : spec.scoredPerClass
    const seen = isLast ? reported : reported.slice(0, task + 1)
    const { perClass, right } = await this.#score(model, seen.flat(), most)
    const perTask = seen.map((classes) => sumScores(classes.map((c) => perClass[c]!)))
    this.#rounds.push(accuracyOf(sumScores(perTask)))
    if (endsTask) this.#tasks.push(perTask.map(accuracyOf))
    if (!isLast) return
    const home = await this.#atHome(model)
    this.#atEnd = { ...home, ...recordedRight(data, right) }
  }

  get trajectory(): Trajectory {
    return { rounds: this.#rounds, tasks: this.#tasks, ...this.#atEnd }
  }

  async #atHome(model: EvaluatedModel): Promise<HomeScores> {
    const { bench, meter, home, reported } = this.#context
    const found: SiteScore[] = []
    for (const samples of home ?? []) {
      const [result] = await meter.time('evaluate', () =>
        bench.evaluate(this.#adapter, [model], samples, reported.flat()),
      )
      const [first, second] = result!.margins ?? []
      found.push(first && second ? twoClassScore([first, second]) : { accuracy: accuracyOf(result!) })
    }
    return homeScores(found)
  }

  async #score(
    model: EvaluatedModel,
    classes: readonly number[],
    most: number | undefined,
  ): Promise<EvaluateResult> {
    const { bench, meter, heldOut } = this.#context
    const samples = classes.flatMap((c) => heldOut[c]!.slice(0, most))
    const [result] = await meter.time('evaluate', () =>
      bench.evaluate(this.#adapter, [model], samples, classes),
    )
    return result!
  }
}
