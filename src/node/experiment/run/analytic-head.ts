import { adapterDigest, mergeContributions } from '../../../merge/index.ts'
import type { AdapterSpec, Classifier, ContributionView, MergeSpec, TensorMap } from '../../../merge/index.ts'
import { received, sent } from './contribution.ts'
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
 * The ridge classifier of all sites' samples of all tasks so far. Every task is measured while its samples are there; sums of earlier tasks
 * stay right, as the features stay what they were.
 */
export class AnalyticHead {
  readonly #context: RunContext
  readonly #features: FixedFeatures
  readonly #spec: MergeSpec
  readonly #anchor: string | null
  readonly #views: ContributionView[] = []

  constructor(context: RunContext, features: FixedFeatures) {
    const { state, adapter } = features
    const kind = state === null ? 'frozen' : 'merged'
    const head = { rule: 'analytic', features: kind, ridge: context.spec.ridge.features } as const
    this.#context = context
    this.#features = features
    this.#spec = mergeSpec(context.ground, { adapter, rule: 'mean', head })
    this.#anchor = state === null ? null : adapterDigest(this.#spec, state)
  }

  /** Every site measures its samples of a task and contributes. */
  async add(task: number): Promise<Classifier> {
    const { bench, meter, tasks } = this.#context
    const { trainer, state } = this.#features
    for (const [site, samples] of tasks[task]!.sites.entries()) {
      if (samples.length === 0) continue
      const measured = await meter.time('measure', () => bench.measure(trainer, state, samples))
      const { gram, cross, count, classCounts } = measured
      const tensors = new Map([['classifier/gram', gram], ['classifier/cross', cross]]) // prettier-ignore
      const said = { kind: 'statistics', anchor: this.#anchor, count, classCounts, tensors } as const
      const bytes = sent(this.#spec, { site, sequence: task + 1, generation: 1, task, ...said })
      meter.addStatistics(bytes)
      this.#views.push(await meter.time('merge', () => received(this.#spec, bytes)))
    }
    return meter.time('merge', () => mergeContributions(this.#spec, CONTEXT, this.#views).classifier)
  }
}
