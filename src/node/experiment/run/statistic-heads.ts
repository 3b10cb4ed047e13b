import type { Classifier } from '../../../merge/index.ts'
import type { Head, RunOutcome } from '../types.ts'
import { AnalyticHead, type FixedFeatures } from './analytic-head.ts'
import { FeatureScores } from './feature-scores.ts'
import { FeatureTable } from './feature-statistics.ts'
import { lift, LiftedHead } from './lifted-head.ts'
import type { RunContext } from './run-context.ts'

interface ScoredHead {
  readonly scores: FeatureScores
  readonly solve: () => Promise<Classifier>
}

interface Measured {
  add(task: number): Promise<void>
}

type Heads = Map<Exclude<Head, 'own'>, ScoredHead>

/**
 * The heads that are solved from statistics under features that stay, which are computed once, and how accurate they are, task by task: the
 * analytic one, and on the frozen backbone's features those that floors are told by, ridge regression and its lift.
 */
export class StatisticHeads {
  readonly #measured: readonly Measured[]
  readonly #heads: Heads

  private constructor(measured: readonly Measured[], heads: Heads) {
    this.#measured = measured
    this.#heads = heads
  }

  static async open(context: RunContext, fixed: FixedFeatures): Promise<StatisticHeads> {
    const { bench, meter, data, spec, lifts } = context
    const { trainer, state } = fixed
    const train = await meter.time('measure', () => bench.features(trainer, state, 'train'))
    const heldOut = await meter.time('evaluate', () => bench.features(trainer, state, 'heldOut'))
    const analytic = new AnalyticHead(context, fixed, new FeatureTable(train, data))
    const scoredOn = (features: typeof heldOut, solve: ScoredHead['solve']): ScoredHead => {
      return { scores: new FeatureScores(context, features), solve }
    }
    const heads: Heads = new Map([['analytic', scoredOn(heldOut, () => analytic.solve('discriminant'))]])
    if (state !== null) return new StatisticHeads([analytic], heads)
    heads.set(
      'ridge',
      scoredOn(heldOut, () => analytic.solve('ridge')),
    )
    if (!lifts) return new StatisticHeads([analytic], heads)
    const table = await meter.time('lifted', () => new FeatureTable(lift(train, spec.lift), data))
    const lifted = new LiftedHead(context, table)
    const liftedHeldOut = await meter.time('lifted', () => lift(heldOut, spec.lift))
    heads.set(
      'lifted',
      scoredOn(liftedHeldOut, () => lifted.solve()),
    )
    return new StatisticHeads([analytic, lifted], heads)
  }

  /** Every site's statistics of a task, then the scores of all tasks so far. */
  async add(task: number): Promise<void> {
    for (const one of this.#measured) await one.add(task)
    for (const { scores, solve } of this.#heads.values()) {
      if (scores.counts(task)) scores.add(await solve(), task)
    }
  }

  get trajectories(): Omit<RunOutcome['heads'], 'own'> {
    return Object.fromEntries([...this.#heads].map(([name, { scores }]) => [name, scores.trajectory]))
  }
}
