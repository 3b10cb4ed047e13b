import { PeermergeError } from '../errors.ts'
import { gramForm } from '../merge/index.ts'
import type { LabelledFeatures, Tensor, TensorMap } from '../merge/index.ts'
import { contributionGrams } from './passes/contribution-grams.ts'
import { classifierStatistics } from './passes/classifier-statistics.ts'
import type { PartChoice } from './adapters/part-choice.ts'
import { AdapterModels } from './model/adapter-models.ts'
import { CompiledGraphs } from './model/compiled-graphs.ts'
import type { LoadedSite } from './data/load-site.ts'
import { countClasses } from './data/samples.ts'
import type { SampleFormat, SampleSet, Split } from './data/samples.ts'
import { evaluateModels, evaluationTotal } from './passes/evaluate-models.ts'
import { checkMeasured, planStatistics } from './passes/plan-statistics.ts'
import { mixerTrust } from './passes/mixer-trust.ts'
import { collectFeatures } from './passes/feature-pass.ts'
import type { SamplePass } from './passes/sample-pass.ts'
import { TrainerSamples, type ReadSamples } from './passes/trainer-samples.ts'
import { assertModality } from './data/open-source.ts'
import { loadData } from './data/load-data.ts'
import { loadModel } from './model/load-model.ts'
import type { Model } from './model/model-graph.ts'
import { OneAtATime } from './one-at-a-time.ts'
import { openRuntime } from './runtime/open-runtime.ts'
import { DEFAULT_RUNTIME } from './runtime/runtime-name.ts'
import { Progress, withProgress } from './progress.ts'
import type { Clock } from './progress.ts'
import { enoughOf } from './loop/active-classes.ts'
import { removeCheckpoint } from './loop/checkpoint.ts'
import type { ClassifierTraining } from './loop/train-classifier.ts'
import { checkTrainOptions } from './loop/train-options.ts'
import type { CheckedOptions, TrainedWith } from './loop/train-options.ts'
import { trainClassifier } from './loop/train-classifier.ts'
import type {
  EvaluatedModel,
  EvaluateResult,
  FeatureOptions,
  MeasureOptions,
  MeasureResult,
  PassOptions,
  MixerTrust,
  MixtureSpec,
  ModelState,
  SampleChoice,
  SiteSummary,
  SiteTrainer,
  SiteTrainerInit,
  StatisticsOptions,
  StatisticsResult,
  TrainOptions,
  TrainProgress,
  TrainResult,
  TrainWork,
  WorkOptions,
} from './types.ts'

/**
 * Reads the backbone, encodes all samples and returns a trainer over them. Blocks its thread while it works; use `spawnTrainer` where
 * a thread must stay responsive.
 *
 * @throws BackboneError, UnsupportedBackboneError, DatasetError
 * @throws PeermergeError - ERR_NO_SITES, ERR_CLASS_MISMATCH, ERR_MODULE_MISMATCH, ERR_RUNTIME_MISSING, ERR_DEVICE_MISSING
 */
export async function createSiteTrainer(
  init: SiteTrainerInit,
  options: WorkOptions = {},
  now: Clock = () => performance.now(),
): Promise<SiteTrainer> {
  checkInit(init)
  const runtime = await openRuntime(init.runtime ?? DEFAULT_RUNTIME)
  const model = await loadModel(init.model, init.randomWeights)
  for (const data of init.data) assertModality(data, model.backbone.modality)
  const sites = await loadData(init.data, model.format, now, {
    ...options,
    memoryBytes: init.sampleMemoryBytes,
  })
  const format = fittedFormat(model, sites)
  return new LocalTrainer(init, { ...model, format }, sites, new CompiledGraphs(runtime, init.threads), now)
}

/** Batches of the lengths that suit the samples; of images the side is given. */
function fittedFormat({ format }: Model, sites: readonly LoadedSite[]): SampleFormat {
  return format.fitted?.(sites.flatMap(({ train, heldOut }) => [train.sizes, heldOut.sizes])) ?? format
}

function checkInit({ data, model }: SiteTrainerInit): void {
  if (data.length === 0)
    throw new PeermergeError('ERR_NO_SITES', 'a trainer needs the data of at least one site')
  for (const { path, classes } of data) {
    if (classes.length === model.classes) continue
    const text = `data ${path} has ${classes.length} classes, the model ${model.classes}`
    throw new PeermergeError('ERR_CLASS_MISMATCH', text, { path, classes, modelClasses: model.classes })
  }
}

/** Drives work that yields the number of samples done. */
type Drive = <T>(work: AsyncGenerator<number, T>, phase: TrainProgress['phase'], total: number) => Promise<T>

class LocalTrainer implements SiteTrainer {
  readonly sites: readonly SiteSummary[]
  readonly #init: SiteTrainerInit
  readonly #model: Model
  readonly #samples: TrainerSamples
  readonly #graphs: CompiledGraphs
  readonly #models: AdapterModels
  readonly #now: Clock
  readonly #turns = new OneAtATime()
  #isClosed = false

  constructor(
    init: SiteTrainerInit,
    model: Model,
    sites: readonly LoadedSite[],
    graphs: CompiledGraphs,
    now: Clock,
  ) {
    this.#init = init
    this.#model = model
    this.#samples = new TrainerSamples(init, { model, graphs }, sites, now)
    this.#graphs = graphs
    this.#models = new AdapterModels(model, init.model.adapter, init.model.modules, graphs)
    this.#now = now
    this.sites = sites.map(({ summary }) => summary)
  }

  async *train(
    from: ModelState | null,
    options: TrainOptions,
    work: TrainWork = {},
  ): AsyncGenerator<TrainProgress, TrainResult> {
    const leave = await this.#enter(work.signal)
    try {
      const checked = checkTrainOptions(options, this.#trainedWith)
      const read = yield* this.#samples.toTrain(checked, work.signal)
      const adapterSpec = this.#mixtureOf(checked)
      const runnable = await this.#models.of(adapterSpec)
      const training = { ...this.#trainingOf(from, checked, read), ...runnable }
      const { choice, ...trained } = yield* trainClassifier(training, work)
      const measured = await this.#pass(read, { ...trained.state, adapterSpec }, work.signal)
      const statistics = yield* this.#statisticsOf(measured, choice, checked)
      if (work.checkpoint !== undefined) removeCheckpoint(work.checkpoint.file)
      return { ...trained, ...statistics, ...this.#counts(read.samples) }
    } finally {
      leave()
    }
  }

  /** What a contribution says besides what was trained. A joint Gram ties all heads together, so that all are sent. */
  async *#statisticsOf(
    pass: SamplePass,
    choice: PartChoice,
    { factors, grams: asked = gramForm(this.#init) }: CheckedOptions,
  ): AsyncGenerator<TrainProgress, { grams: TensorMap; trained?: readonly string[] }> {
    const form = asked === 'none' ? undefined : asked
    const grams = new Map<string, Tensor>()
    if (form !== undefined) {
      const { modules } = this.#init.model
      const plan = contributionGrams({ ...pass, adapted: true }, modules, form, { choice, factors })
      const progress = new Progress('measure', plan.total, this.#now)
      for (const [name, gram] of yield* withProgress(plan.run(), progress)) grams.set(name, gram)
    }
    if (this.#init.classifierGram === true) {
      const progress = new Progress('measure', pass.samples.labels.length, this.#now)
      const statistics = yield* withProgress(classifierStatistics(pass, true), progress)
      grams.set('classifier/gram', statistics.gram())
    }
    return {
      grams,
      ...(form?.form === 'joint' && { trained: [...this.#model.adapter.wire(pass.values).keys()] }),
    }
  }

  measure(adapter: TensorMap | null, options: MeasureOptions = {}): Promise<MeasureResult> {
    return this.#work(options, async (drive) => {
      const choice = this.#checked(options)
      const { classCounts } = this.#counts(this.#samples.chosen(choice).samples)
      await this.#samples.keepIfAll('train', choice, options)
      const classes = enoughOf(classCounts, options.leastPerClass ?? 1) ?? choice.classes
      const read = this.#samples.chosen({ ...choice, classes })
      const pass = await this.#pass(read, { ...options, adapter }, options.signal)
      const work = classifierStatistics(pass, adapter !== null)
      const statistics = await drive(work, 'measure', read.samples.labels.length)
      return { gram: statistics.gram(), cross: statistics.cross(), ...this.#counts(read.samples) }
    })
  }

  statistics(
    adapter: TensorMap | null,
    statistics: StatisticsOptions,
    options: WorkOptions = {},
  ): Promise<StatisticsResult> {
    return this.#work(options, async (drive) => {
      const choice = this.#checked(statistics)
      this.#samples.chosen(choice)
      await this.#samples.keepIfAll('train', choice, options)
      const read = this.#samples.chosen(choice)
      const own = await this.#pass(read, { ...statistics, adapter }, options.signal)
      const pass = { ...own, adapted: adapter !== null }
      const plan = planStatistics(pass, this.#init.model.modules, statistics)
      return { grams: await drive(plan.run(), 'measure', plan.total), ...this.#counts(read.samples) }
    })
  }

  evaluate(
    models: readonly EvaluatedModel[],
    split: Split,
    options: PassOptions = {},
  ): Promise<EvaluateResult[]> {
    return this.#work(options, async (drive) => {
      const choice = this.#checked(options)
      const chosen = await this.#samples.toEvaluate(split, choice, options)
      const sites = chosen.map(({ samples }) => samples)
      const passOf = (site: number, model: EvaluatedModel): Promise<SamplePass> =>
        this.#pass(chosen[site]!, model, options.signal)
      const work = evaluateModels(models, sites, this.#model.classes, passOf)
      return drive(work, 'evaluate', evaluationTotal(models, sites))
    })
  }

  features(adapter: TensorMap | null, split: Split, options: FeatureOptions = {}): Promise<LabelledFeatures> {
    return this.#work(options, async (drive) => {
      const choice = this.#checked(options)
      await this.#samples.keepIfAll(split, choice, options)
      const read = this.#samples.read(split, choice)
      const { adapterSpec, signal } = options
      const pass = await this.#pass(read, { adapter, adapterSpec }, signal)
      return drive(collectFeatures(pass, adapter !== null), 'evaluate', read.samples.labels.length)
    })
  }

  mixerTrust(
    { adapter, adapterSpec }: { readonly adapter: TensorMap; readonly adapterSpec: MixtureSpec },
    split: Split,
    options: PassOptions = {},
  ): Promise<MixerTrust> {
    return this.#work(options, async (drive) => {
      const read = this.#samples.read(split, this.#checked(options))
      const pass = await this.#pass(read, { adapter, adapterSpec }, options.signal)
      return drive(mixerTrust(pass), 'evaluate', read.samples.labels.length)
    })
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const leave = await this.#turns.enter()
    await this.#graphs.dispose()
    this.#samples.close()
    leave()
  }

  #mixtureOf({ mixture }: CheckedOptions): MixtureSpec | undefined {
    return mixture && { kind: 'mixture', own: this.#init.model.adapter, ...mixture }
  }

  #trainingOf(
    from: ModelState | null,
    options: CheckedOptions,
    { samples: train, kept }: ReadSamples,
  ): Omit<ClassifierTraining, 'model' | 'graphs'> {
    const { model, data, randomWeights, runtime } = this.#init
    return {
      train,
      kept,
      heldOut: this.#samples.heldOutLike(options),
      from,
      options,
      setting: JSON.stringify({ model, data, randomWeights, runtime }),
      now: this.#now,
    }
  }

  /** Of what options are checked against. */
  get #trainedWith(): TrainedWith {
    const canAugment = this.#model.format.augmentation !== undefined
    const { adapter, classes } = this.#init.model
    return { classes, sites: this.sites.length, canAugment, adapter }
  }

  #checked(choice: SampleChoice): SampleChoice {
    return checkMeasured(choice, { sites: this.sites.length, classes: this.#model.classes })
  }

  /** Waits for its turn; what it is given drives work to its end and tells progress. */
  async #work<T>({ signal, onProgress }: WorkOptions, job: (drive: Drive) => Promise<T>): Promise<T> {
    const leave = await this.#enter(signal)
    try {
      return await job(async (work, phase, total) => {
        const told = withProgress(work, new Progress(phase, total, this.#now))
        let step = await told.next()
        for (; !step.done; step = await told.next()) onProgress?.(step.value)
        return step.value
      })
    } finally {
      leave()
    }
  }

  async #pass(
    read: ReadSamples,
    { adapter, adapterSpec }: Pick<EvaluatedModel, 'adapter' | 'adapterSpec'>,
    signal: AbortSignal | undefined,
  ): Promise<SamplePass> {
    const runnable = await this.#models.of(adapter === null ? undefined : adapterSpec)
    const values = adapter === null ? new Map<string, Float32Array>() : runnable.model.adapter.start(adapter)
    return { ...runnable, ...read, values, signal }
  }

  #counts({ labels }: SampleSet): { count: number; classCounts: number[] } {
    return { count: labels.length, classCounts: countClasses(labels, this.#model.classes) }
  }

  async #enter(signal?: AbortSignal): Promise<() => void> {
    const leave = await this.#turns.enter(signal)
    if (!this.#isClosed) return leave
    leave()
    throw new PeermergeError('ERR_TRAINER_CLOSED', 'the trainer has been closed')
  }
}
