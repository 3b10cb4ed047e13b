import type { Tensor } from '../../../merge/index.ts'
import type { Trajectory } from '../types.ts'
import type { AnalyticHead, OwnPrior } from './analytic-head.ts'
import { FeatureScores } from './feature-scores.ts'
import { meanOfSites } from './mean-of-sites.ts'
import type { RunContext } from './run-context.ts'

/** Every site's own classifier on the features of all, scored on what is like its own samples, where the data say what that is. */
export class SiteHeads {
  readonly #scores: readonly FeatureScores[]
  readonly #analytic: Pick<AnalyticHead, 'solveFor'>
  readonly #prior: OwnPrior

  /** @param heldOut - features of all held-out samples */
  constructor(
    context: RunContext,
    heldOut: Tensor,
    analytic: Pick<AnalyticHead, 'solveFor'>,
    prior: OwnPrior,
  ) {
    this.#analytic = analytic
    this.#prior = prior
    this.#scores = context.home!.map((samples) => new FeatureScores({ ...context, home: [samples], scoresEnd: true }, heldOut)) // prettier-ignore
  }

  /** Whether sites are told apart at all, and meet once. */
  static apply({ home, tasks }: RunContext): boolean {
    return tasks.length === 1 && home !== undefined && home.length > 1 && tasks[0]!.sites.length === home.length // prettier-ignore
  }

  async add(task: number): Promise<void> {
    for (const [site, scores] of this.#scores.entries())
      scores.add(await this.#analytic.solveFor(site, this.#prior), task)
  }

  get trajectory(): Trajectory {
    return meanOfSites(this.#scores.map(({ trajectory }) => trajectory))
  }
}
