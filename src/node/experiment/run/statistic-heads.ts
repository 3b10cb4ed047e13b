import type { Classifier, Tensor } from '../../../merge/index.ts'
import type { Head, RunOutcome, Trajectory } from '../types.ts'
import { AnalyticHead, type FixedFeatures } from './analytic-head.ts'
import { FeatureScores } from './feature-scores.ts'
import { FeatureTable } from './feature-statistics.ts'
import { lift, LiftedHead } from './lifted-head.ts'
import type { RunContext } from './run-context.ts'
import { SiteHeads } from './site-heads.ts'

interface ScoredHead {
  add(task: number): Promise<void>
  readonly trajectory: Trajectory
}

interface Measured {
  add(task: number): Promise<void>
}

type Heads = Map<Exclude<Head, 'own'>, ScoredHead>

/**
 * The heads that are solved from statistics under features that stay, which are computed once, and how accurate they are, task by task: the
 * analytic one, every site's own where sites are told apart, and on the frozen backbone's features those that floors are told by, ridge regression
 * and its lift.
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
    const isOneTable = data.path === data.heldOutPath
    const heldOut = isOneTable ? train : await meter.time('evaluate', () => bench.features(trainer, state, 'heldOut')) // prettier-ignore
    const analytic = new AnalyticHead(context, fixed, new FeatureTable(train, data))
    const heads: Heads = new Map()
    heads.set('analytic', ofAll(context, heldOut, () => analytic.solve('discriminant'))) // prettier-ignore
    if (SiteHeads.apply(context)) {
      heads.set('means', new SiteHeads(context, heldOut, analytic, 'level'))
      heads.set('site', new SiteHeads(context, heldOut, analytic, 'shares'))
    }
    if (state !== null) return new StatisticHeads([analytic], heads)
    heads.set('ridge', ofAll(context, heldOut, () => analytic.solve('ridge'))) // prettier-ignore
    if (!lifts) return new StatisticHeads([analytic], heads)
    const table = await meter.time('lifted', () => new FeatureTable(lift(train, spec.lift), data))
    const lifted = new LiftedHead(context, table)
    const liftedHeldOut = await meter.time('lifted', () => lift(heldOut, spec.lift))
    heads.set('lifted', ofAll(context, liftedHeldOut, () => lifted.solve())) // prettier-ignore
    return new StatisticHeads([analytic, lifted], heads)
  }

  /** Every site's statistics of a task, then the scores of all tasks so far. */
  async add(task: number): Promise<void> {
    for (const one of this.#measured) await one.add(task)
    for (const head of this.#heads.values()) await head.add(task)
  }

  get trajectories(): Omit<RunOutcome['heads'], 'own'> {
    return Object.fromEntries([...this.#heads].map(([name, { trajectory }]) => [name, trajectory]))
  }
}

/** One classifier for all. */
function ofAll(context: RunContext, heldOut: Tensor, solve: () => Promise<Classifier>): ScoredHead {
  const scores = new FeatureScores(context, heldOut)
  return {
    async add(task) {
      if (scores.counts(task)) scores.add(await solve(), task)
    },
    get trajectory() {
      return scores.trajectory
    },
  }
}
