import { PeermergeError } from '../errors.ts'
import { expectedTensors, type GramSpec, type MergeSpec, type TensorMap } from '../merge/index.ts'
import {
  spawnTrainer,
  type MeasureOptions,
  type MeasureResult,
  type ModelState,
  type ProcessUsage,
  type SiteSummary,
  type StatisticsResult,
  type SiteTrainer,
  type SiteTrainerInit,
  type TrainerClient,
  type TrainOptions,
  type TrainProgress,
  type TrainResult,
  type WorkOptions,
} from '../training/index.ts'
import { mergeSpecOf, modelSpecOf, type Charter } from './charter.ts'
import { PublishRefusedError } from './errors.ts'
import type { SiteConfig } from './home.ts'
import type { Logger } from './logger.ts'
import type { LimitsInForce } from './policy/limits-in-force.ts'
import { siteDataOf } from './site-data.ts'

export interface TrainerHostInit {
  readonly charter: Charter
  /** With the tasks that have been opened. */
  readonly spec: MergeSpec
  readonly config: SiteConfig
  /** File from which a stopped training run goes on. */
  readonly checkpoint: string
  /** As of now; the process starts anew with a job before which those of threads or memory have changed. */
  readonly limits: () => Pick<LimitsInForce, 'threads' | 'memoryBytes' | 'floorPerClass'>
  /** Aborted while nothing may be computed. */
  readonly mayWork: () => AbortSignal
  readonly logger: Logger
  onProgress(progress: TrainProgress): void
  onSkipped(where: string, reason: string): void
  onWarning(text: string): void
}

/**
 * The trainer's process: started by the first job, which also reads the data; ended by `release`, so that a node at rest holds
 * neither images nor weights. A process that died is replaced by the next job.
 */
export class TrainerHost {
  readonly #init: TrainerHostInit
  #client: TrainerClient | undefined
  #trainer: SiteTrainer | undefined
  /** Of the process that lives. */
  #limits = ''
  /** Processor time of processes that have ended, in milliseconds. */
  #spentMs = 0

  constructor(init: TrainerHostInit) {
    this.#init = init
  }

  /** Of all processes so far; memory of the one that lives, else 0. */
  get usage(): ProcessUsage {
    const { cpuMs = 0, memoryBytes = 0 } = this.#client?.usage ?? {}
    return { cpuMs: this.#spentMs + cpuMs, memoryBytes }
  }

  /** What there is to train on. */
  async look(signal: AbortSignal): Promise<SiteSummary> {
    return this.#withTrainer(signal, (trainer) => Promise.resolve(trainer.sites[0]!))
  }

  /** One contribution's training, from a merge or from the charter's start; `classes` are rows of the classifier. */
  async train(
    from: ModelState | null,
    {
      seed,
      ...chosen
    }: Pick<TrainOptions, 'seed' | 'classes' | 'factors' | 'grams' | 'mixture' | 'personal'> &
      Partial<Pick<TrainOptions, 'epochs'>>,
    signal: AbortSignal,
  ): Promise<TrainResult> {
    return this.#withTrainer(signal, async (trainer, { signal }) => {
      const { charter, config, checkpoint: file } = this.#init
      const options = { ...trainOptions(charter, config, seed), ...chosen }
      const training = trainer.train(from, options, {
        signal,
        checkpoint: { file },
      })
      for (;;) {
        const step = await training.next()
        if (step.done === true) return step.value
        this.#init.onProgress(step.value)
      }
    })
  }

  /** Grams of the inputs of all target modules under an adapter. */
  async grams(
    adapter: TensorMap,
    form: GramSpec,
    { classes }: Pick<MeasureOptions, 'classes'>,
    signal: AbortSignal,
  ): Promise<StatisticsResult> {
    const onProgress = (progress: TrainProgress): void => this.#init.onProgress(progress)
    const kind = form.form === 'joint' ? 'projected' : form.form
    const k = form.form === 'top-k' ? form.k : undefined
    return this.#withTrainer(signal, (trainer, { signal }) =>
      trainer.statistics(adapter, { kind, k, classes }, { signal, onProgress }),
    )
  }

  /** Classifier statistics under an adapter, or with null under the frozen backbone; classes below the floor are left out and named. */
  async measure(
    adapter: TensorMap | null,
    { classes }: Pick<MeasureOptions, 'classes'>,
    signal: AbortSignal,
  ): Promise<MeasureResult> {
    const leastPerClass = this.#init.limits().floorPerClass!.value
    return this.#withTrainer(signal, async (trainer, { signal }) => {
      const all = trainer.sites[0]!.train.classCounts
      const counts = all.map((count, row) => (classes?.includes(row) === false ? 0 : count))
      if (counts.every((count) => count < leastPerClass)) throw belowFloor(leastPerClass)
      const onProgress = (progress: TrainProgress): void => this.#init.onProgress(progress)
      const result = await trainer.measure(adapter, { signal, onProgress, leastPerClass, classes })
      this.#tellLeftOut(counts, result.classCounts, leastPerClass)
      return result
    })
  }

  /** A job of several steps; no other comes between the start and the end of the process. */
  use<T>(signal: AbortSignal, job: (trainer: SiteTrainer, work: WorkOptions) => Promise<T>): Promise<T> {
    const onProgress = (progress: TrainProgress): void => this.#init.onProgress(progress)
    return this.#withTrainer(signal, (trainer, { signal }) => job(trainer, { signal, onProgress }))
  }

  async release(): Promise<void> {
    const client = this.#client
    this.#spentMs = this.usage.cpuMs
    this.#client = undefined
    this.#trainer = undefined
    await client?.close()
  }

  /** The signal of a job ends also where nothing may be computed any more. */
  async #withTrainer<T>(
    given: AbortSignal,
    job: (trainer: SiteTrainer, options: { readonly signal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const signal = AbortSignal.any([given, this.#init.mayWork()])
    signal.throwIfAborted() // after the last release nothing may start a process again
    const limits = JSON.stringify([this.#init.limits().threads, this.#init.limits().memoryBytes])
    if (limits !== this.#limits) await this.release()
    this.#limits = limits
    try {
      return await job((this.#trainer ??= await this.#open(signal)), { signal })
    } catch (error) {
      if (isEnded(error)) await this.release()
      throw error
    }
  }

  #tellLeftOut(all: readonly number[], measured: readonly number[], floor: number): void {
    const names = this.#init.spec.classes.filter((_, row) => all[row]! > measured[row]!)
    if (names.length === 0) return
    this.#init.onWarning(`left out of the statistics, with fewer than ${floor} samples: ${names.join(', ')}`)
  }

  async #open(signal: AbortSignal): Promise<SiteTrainer> {
    const { charter, config, spec, logger } = this.#init
    const { threads, memoryBytes } = this.#init.limits()
    this.#client ??= spawnTrainer({ logger, memoryBytes: memoryBytes?.value })
    const trainer = await this.#client.open(
      trainerInit(charter, { ...config, threads: threads!.value }, spec),
      {
        signal,
        onProgress: (progress) => this.#init.onProgress(progress),
      },
    )
    for (const { skipped, warnings } of trainer.sites) {
      for (const { where, reason } of skipped) this.#init.onSkipped(where, reason)
      for (const warning of warnings) this.#init.onWarning(warning)
    }
    return trainer
  }
}

function isEnded(error: unknown): boolean {
  return error instanceof PeermergeError && ['ERR_TRAINER_EXITED', 'ERR_TRAINER_MEMORY'].includes(error.code)
}

function belowFloor(floor: number): PublishRefusedError {
  const problem = `no class has ${floor} samples, which statistics need; add samples`
  return new PublishRefusedError('below-floor', problem, { floor })
}

/** How a site trains: the charter's suggestions, replaced by its own settings where it has some. */
export function trainOptions(charter: Charter, config: SiteConfig, seed: string): TrainOptions {
  const own = Object.fromEntries(Object.entries(config.training).filter(([, value]) => value !== undefined))
  return { ...charter.training, ...own, seed }
}

/** What a site trains: its model and data, as charter and settings say. */
export function trainerInit(
  charter: Charter,
  config: SiteConfig,
  spec = mergeSpecOf(charter),
): SiteTrainerInit {
  const { rule, grams } = charter
  const { backbone, threads, runtime } = config
  const carried = expectedTensors(spec, 'adapter')
  return {
    model: modelSpecOf(charter, backbone, spec.classes),
    data: [siteDataOf(spec, config)],
    rule,
    grams,
    classifierGram: carried.has('classifier/gram'),
    threads,
    runtime,
  }
}
