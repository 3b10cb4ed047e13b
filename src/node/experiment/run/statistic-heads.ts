import type { RunOutcome } from '../types.ts'
import { AnalyticHead, type FixedFeatures } from './analytic-head.ts'
import { LiftedHead } from './lifted-head.ts'
import type { RunContext } from './run-context.ts'
import { Scores } from './scores.ts'

/** The heads that are solved from statistics under features that stay, and how accurate they are, task by task. */
export class StatisticHeads {
  readonly #features: FixedFeatures
  readonly #analytic: AnalyticHead
  readonly #scores: Scores
  readonly #lifted: LiftedHead | undefined

  private constructor(context: RunContext, features: FixedFeatures, lifted: LiftedHead | undefined) {
    this.#features = features
    this.#analytic = new AnalyticHead(context, features)
    this.#scores = new Scores(context, features.trainer)
    this.#lifted = lifted
  }

  static async open(context: RunContext, features: FixedFeatures): Promise<StatisticHeads> {
    const lifted = context.lifts ? await LiftedHead.open(context, features) : undefined
    return new StatisticHeads(context, features, lifted)
  }

  /** Every site's statistics of a task, then the scores of all tasks so far. */
  async add(task: number): Promise<void> {
    const classifier = await this.#analytic.add(task)
    await this.#scores.add({ adapter: this.#features.state, classifier }, task, true)
    await this.#lifted?.add(task)
  }

  get trajectories(): Pick<RunOutcome['heads'], 'analytic' | 'lifted'> {
    const analytic = this.#scores.trajectory
    return this.#lifted === undefined ? { analytic } : { analytic, lifted: this.#lifted.trajectory }
  }
}
