import { adapterDigest, mergeContributions, rowsOfTask } from '../../../merge/index.ts'
import type {
  AdapterSpec,
  AnalyticRule,
  Classifier,
  ContributionView,
  MergeSpec,
  TensorMap,
} from '../../../merge/index.ts'
import { analyticRule } from '../../default-classifier.ts'
import { ownModel, type OwnModel } from '../../personal/own-model.ts'
import { peerName, received, sent, taskId } from './contribution.ts'
import type { FeatureTable } from './feature-statistics.ts'
import { CONTEXT } from './ground.ts'
import { mergeSpec } from './merge-spec.ts'
import type { Task } from '../tasks.ts'
import type { RunContext } from './run-context.ts'

/** What features are measured under, for all tasks: an adapter that stays as it is, or the frozen backbone. */
export interface FixedFeatures {
  /** That of the trainer. */
  readonly trainer: AdapterSpec
  /** What `state` is of. */
  readonly adapter: AdapterSpec
  readonly state: TensorMap | null
}

/**
 * Classifiers of all sites' statistics of all tasks so far. Every task is measured while its samples are there; sums of earlier tasks stay right, as
 * the features stay what they were.
 */
export class AnalyticHead {
  readonly #context: RunContext
  readonly #table: FeatureTable
  readonly #specs: Readonly<Record<Fit, MergeSpec>>
  readonly #anchor: string | null
  readonly #views: ContributionView[] = []

  constructor(context: RunContext, { state, adapter }: FixedFeatures, table: FeatureTable) {
    const under = (fit: Fit): MergeSpec => {
      const head = {
        ...analyticRule(fit, state === null ? 'frozen' : 'merged'),
        ridge: context.spec.ridge[fit],
      }
      return { ...mergeSpec(context.ground, { adapter, rule: 'mean', head }), ...ofTasks(context) }
    }
    this.#context = context
    this.#table = table
    this.#specs = { discriminant: under('discriminant'), ridge: under('ridge') }
    this.#anchor = state === null ? null : adapterDigest(this.#specs.discriminant, state)
  }

  /** Every site measures its samples of a task and contributes. */
  async add(task: number): Promise<void> {
    const { meter, tasks } = this.#context
    const classes = rowsOfTask(this.#specs.discriminant, taskId(task))
    for (const [site, samples] of tasks[task]!.sites.entries()) {
      if (samples.length === 0) continue
      const tensors = await meter.time('measure', () => this.#measured(classes, samples))
      const classCounts = this.#table.classCounts(classes, samples)
      const said = {
        kind: 'statistics',
        anchor: this.#anchor,
        count: samples.length,
        classCounts,
        tensors,
      } as const
      const spec = this.#specs.discriminant
      const bytes = sent(spec, { site, sequence: task + 1, generation: 1, task, ...said })
      meter.addStatistics(bytes)
      this.#views.push(await meter.time('solve', () => received(spec, bytes)))
    }
  }

  /** By the fit of the charter's default, whose time counts, or by the other. */
  solve(fit: Fit): Promise<Classifier> {
    const merged = (): Classifier => mergeContributions(this.#specs[fit], CONTEXT, this.#views).classifier
    return fit === 'discriminant' ? this.#context.meter.time('solve', merged) : Promise.resolve(merged())
  }

  /** A site's own, of the same statistics, with its class shares as prior or without; it has to have samples. */
  solveFor(site: number, prior: OwnPrior): Promise<Classifier> {
    const { discriminant } = this.#specs
    const dealt = this.#context.tasks.flatMap(({ sites }) => sites[site]!)
    const samples = prior === 'shares' ? this.#table.labelled(dealt) : undefined
    const own = (): OwnModel | undefined => ownModel(discriminant, this.#views, { peer: peerName(site), samples }) // prettier-ignore
    return this.#context.meter.time('solve', () => own()!.classifier)
  }

  #measured(classes: readonly number[], samples: readonly number[]): TensorMap {
    const sums = this.#table.sumsOf(classes, samples)
    return new Map([['classifier/gram', sums.gram()], ['classifier/cross', sums.cross()]]) // prettier-ignore
  }
}

/** Of several tasks, statistics have columns for the classes of theirs alone, as nodes send them. */
function ofTasks({ tasks, ground }: RunContext): Pick<MergeSpec, 'tasks'> {
  if (tasks.length === 1) return {}
  const labels = ({ classes }: Task): string[] => classes.map((c) => ground.classes[c]!)
  return { tasks: tasks.map((task, t) => ({ id: taskId(t), classes: labels(task) })) }
}

export type OwnPrior = 'shares' | 'level'

type Fit = NonNullable<AnalyticRule['fit']>
