import type { AdapterSpec, GramSpec, TargetModule, Tensor, TensorMap } from '../../../merge/index.ts'
import { PeermergeError } from '../../../errors.ts'
import { gramsOnWire } from '../../../training/index.ts'
import type {
  EvaluatedModel,
  EvaluateResult,
  MeasureResult,
  ModelState,
  SiteTrainer,
  TrainerClient,
  TrainOptions,
  TrainResult,
} from '../../../training/index.ts'
import { amongClasses } from '../../among-classes.ts'
import type { PreparedData } from '../data/prepared-data.ts'

export interface BenchInit {
  readonly client: TrainerClient
  readonly data: PreparedData
  readonly backbone: string
  readonly extent: number
  readonly modules: readonly TargetModule[]
  readonly signal: AbortSignal
}

/** What one round of training asks for, beside the options of training. */
export interface BenchTraining extends TrainOptions {
  /** Training samples by index. */
  readonly samples: readonly number[]
  readonly grams: GramSpec | 'none'
}

export interface TimedTraining {
  readonly result: TrainResult
  readonly ms: { readonly train: number; readonly measure: number }
}

/**
 * One process of training for all runs: a trainer over all samples for each adapter, so that frozen layers are computed once and graphs
 * compiled once, whichever seed, split or method asks.
 */
export class Bench {
  readonly #init: BenchInit
  readonly #trainers = new Map<string, Promise<SiteTrainer>>()

  constructor(init: BenchInit) {
    this.#init = init
  }

  async train(adapter: AdapterSpec, from: ModelState | null, options: BenchTraining): Promise<TimedTraining> {
    const { signal } = this.#init
    const work = (await this.#trainer(adapter)).train(from, options, { signal })
    const ms = { train: 0, measure: 0 }
    let last = performance.now()
    let part: keyof typeof ms = 'train'
    for (;;) {
      const step = await work.next()
      const now = performance.now()
      if (step.done !== true) part = step.value.phase === 'measure' ? 'measure' : 'train'
      ms[part] += now - last // eigenpairs come after the last sample
      if (step.done === true) return { result: step.value, ms }
      last = now
    }
  }

  async measure(
    adapter: AdapterSpec,
    state: TensorMap | null,
    samples: readonly number[],
  ): Promise<MeasureResult> {
    const { signal } = this.#init
    return (await this.#trainer(adapter)).measure(state, { samples, signal })
  }

  /** Grams of layer inputs under a state, by the wire names of `modules`, which say who shares an input. */
  async grams(
    adapter: AdapterSpec,
    state: TensorMap,
    {
      form,
      modules,
      samples,
    }: { form: GramSpec; modules: readonly TargetModule[]; samples: readonly number[] },
  ): Promise<TensorMap> {
    const kind = form.form === 'joint' ? 'projected' : form.form
    const k = form.form === 'top-k' ? form.k : undefined
    const { signal } = this.#init
    const { grams } = await (await this.#trainer(adapter)).statistics(state, { kind, k, samples }, { signal })
    return gramsOnWire(grams, modules)
  }

  /** On held-out samples by index; only `seen` classes compete. */
  async evaluate(
    adapter: AdapterSpec,
    models: readonly EvaluatedModel[],
    samples: readonly number[],
    seen: readonly number[],
  ): Promise<EvaluateResult[]> {
    const { signal } = this.#init
    const competing = models.map((model) => ({ ...model, classifier: amongClasses(model.classifier, seen) }))
    return (await this.#trainer(adapter)).evaluate(competing, 'heldOut', { samples, signal })
  }

  /** Classifier inputs under a state, or with null of the frozen backbone: (samples, features), class after class. */
  async features(adapter: AdapterSpec, state: TensorMap | null, split: 'train' | 'heldOut'): Promise<Tensor> {
    const { signal } = this.#init
    return (await (await this.#trainer(adapter)).features(state, split, { signal })).features
  }

  #trainer(adapter: AdapterSpec): Promise<SiteTrainer> {
    const key = JSON.stringify(adapter)
    const known = this.#trainers.get(key)
    if (known !== undefined) return known
    const opened = this.#open(adapter)
    this.#trainers.set(key, opened)
    return opened
  }

  async #open(adapter: AdapterSpec): Promise<SiteTrainer> {
    const { client, data, backbone, extent, modules, signal } = this.#init
    const { path, heldOutPath, columns, classes } = data
    const trainer = await client.open(
      {
        model: { backbone, extent, adapter, modules, classes: classes.length },
        data: [
          {
            path,
            heldOutPath,
            classes,
            trainFraction: 0.5,
            splitSeed: 'experiment',
            ...(columns && { columns }),
          },
        ],
        rule: 'mean',
        keep: 'all',
        threads: 1,
      },
      { signal },
    )
    assertAllRead(trainer, data)
    return trainer
  }
}

/** Samples are told by their index, which one that was skipped would shift. */
function assertAllRead({ sites }: SiteTrainer, { trainCounts, testCounts }: PreparedData): void {
  const { train, heldOut, skipped } = sites[0]!
  const isWhole = (found: readonly number[], all: readonly number[]): boolean => found.join() === all.join()
  if (isWhole(train.classCounts, trainCounts) && isWhole(heldOut.classCounts, testCounts)) return
  const named = skipped.slice(0, 3).map(({ where, reason }) => `${where}: ${reason}`)
  const text = `some samples cannot be used; remove them and start again: ${named.join('; ')}${skipped.length > 3 ? ' …' : ''}`
  throw new PeermergeError('ERR_EXPERIMENT_DATA', text, { skipped: skipped.length })
}
