import { adapterDigest, mergeContributions, ownClassifier } from '../../../merge/index.ts'
import type {
  AdapterSpec,
  AnalyticRule,
  Classifier,
  ContributionView,
  MergeSpec,
  OwnClassifier,
  TensorMap,
} from '../../../merge/index.ts'
import { analyticRule } from '../../default-classifier.ts'
import { OWN_MEANS } from '../../personal/personal-rules.ts'
import { peerName, received, sent } from './contribution.ts'
import type { FeatureTable } from './feature-statistics.ts'
import { CONTEXT } from './ground.ts'
import { mergeSpec } from './merge-spec.ts'
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
      return mergeSpec(context.ground, { adapter, rule: 'mean', head })
    }
    this.#context = context
    this.#table = table
    this.#specs = { discriminant: under('discriminant'), ridge: under('ridge') }
    this.#anchor = state === null ? null : adapterDigest(this.#specs.discriminant, state)
  }

  /** Every site measures its samples of a task and contributes. */
  async add(task: number): Promise<void> {
    const { meter, tasks } = this.#context
    for (const [site, samples] of tasks[task]!.sites.entries()) {
      if (samples.length === 0) continue
      const tensors = await meter.time('measure', () => this.#measured(samples))
      const classCounts = this.#table.classCounts(samples)
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
      this.#views.push(await meter.time('merge', () => received(spec, bytes)))
    }
  }

  /** By the fit of the charter's default, whose time counts, or by the other. */
  solve(fit: Fit): Promise<Classifier> {
    const merged = (): Classifier => mergeContributions(this.#specs[fit], CONTEXT, this.#views).classifier
    return fit === 'discriminant' ? this.#context.meter.time('merge', merged) : Promise.resolve(merged())
  }

  /** A site's own, of the same statistics; it has to have samples. */
  solveFor(site: number): Promise<Classifier> {
    const { discriminant } = this.#specs
    const own = (): OwnClassifier | undefined => ownClassifier(discriminant, this.#views, peerName(site), OWN_MEANS.strength) // prettier-ignore
    return this.#context.meter.time('merge', () => own()!.classifier)
  }

  #measured(samples: readonly number[]): TensorMap {
    const sums = this.#table.newSums()
    this.#table.addTo(sums, samples)
    return new Map([['classifier/gram', sums.gram()], ['classifier/cross', sums.cross()]]) // prettier-ignore
  }
}

type Fit = NonNullable<AnalyticRule['fit']>
