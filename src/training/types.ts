import type { RuntimeName } from './runtime/runtime-name.ts'
import type {
  AdapterSpec,
  Classifier,
  GramSpec,
  MergeRule,
  TargetModule,
  Tensor,
  TensorMap,
} from '../merge/index.ts'

/** Samples of one site; a seeded share of every class is held out for evaluation. */
export interface SiteData {
  /** A folder of class folders, `path/<class>/<image>`, or a table of texts: .csv, .tsv, .jsonl, .parquet. */
  readonly path: string
  /** Classes of the charter, in row order; a missing one is an absent class. */
  readonly classes: readonly string[]
  /**
   * What becomes of samples whose label is none of the classes: an error, or they are left out and counted by label, as for data that
   * hold the classes of tasks to come. @default 'refuse'
   */
  readonly unknownLabels?: 'refuse' | 'leave-out' | undefined
  /** Share of every class used for training. @default 0.7 */
  readonly trainFraction: number
  readonly splitSeed: string
  /** Samples to evaluate with, laid out as those of `path`, all of which are then trained on. @default a share of those of `path` */
  readonly heldOutPath?: string
  /** Columns of a table. @default text and label */
  readonly columns?: TableColumns
}

/** Names of the columns of a table that hold text and class. */
export interface TableColumns {
  readonly text: string
  readonly label: string
}

/** Everything that defines the model on which a site trains. */
export interface ModelSpec {
  /** Hugging Face directory: config.json, model.safetensors, preprocessor_config.json. */
  readonly backbone: string
  /**
   * Side of the square image in pixels (position embeddings are interpolated when it is not the backbone's own), or the most tokens
   * of a text; what is longer is cut.
   */
  readonly extent: number
  readonly adapter: AdapterSpec
  readonly modules: readonly TargetModule[]
  readonly classes: number
}

/** Trainable state under the wire names of merge (`adapter/<module>/…`) and the classifier. */
export interface ModelState {
  readonly adapter: TensorMap
  readonly classifier: Classifier
}

/** One of the factors of scale · B A. */
export type LoraFactor = 'A' | 'B'

/** How many adapter heads a site trains at every module, and by what it chooses them; the others stay and are not contributed. */
export interface HeadBudget {
  readonly count: number
  readonly score: 'random' | 'weight' | 'gradient'
}

/** A model to evaluate: that of a state, or with null the frozen backbone under a classifier of its own. */
export interface EvaluatedModel {
  readonly adapter: TensorMap | null
  /** What kind of adapter that is, as a merge of tasks that stacks factors has another rank. @default the trainer's */
  readonly adapterSpec?: AdapterSpec | undefined
  readonly classifier: Classifier
}

/** Which of a trainer's samples are used. None of them in both senses is an error (ERR_NO_SAMPLES). */
export interface SampleChoice {
  /** Sites by their place in the trainer's data. @default all */
  readonly sites?: readonly number[] | undefined
  /** Classes by their row in the charter. @default all */
  readonly classes?: readonly number[] | undefined
  /** Samples of the split by their index over all sites in order, as an experiment deals them anew. @default all */
  readonly samples?: readonly number[] | undefined
}

/** Whose samples are trained on; `classes` narrows what is trained, too. */
export interface TrainOptions extends SampleChoice {
  readonly epochs: number
  readonly batchSize: number
  readonly learningRate: number
  readonly weightDecay: number
  readonly seed: string
  /** Random changes of the training images. @default none */
  readonly augment?: Augmentation | undefined
  /** For adapters with heads. @default all heads are trained */
  readonly heads?: HeadBudget | undefined
  /**
   * The factor of LoRA that is trained where the adapter trains both: the other one stays as it is in the model from which training
   * starts, to the last bit, and is not contributed. Without such a model 'A' has no slope at first, as B is 0 then. @default both
   */
  readonly factors?: LoraFactor | undefined
  /**
   * The form in which this run yields Grams, in place of the trainer's; with `factors: 'B'` that of `projected` is A G Aᵀ of the A that
   * stays. @default the trainer's
   */
  readonly grams?: GramSpec | 'none' | undefined
  /**
   * Logits are shifted by the log of each class's share of the samples that are trained on, so that what a site has more of is not learnt as
   * more likely; a class that it lacks does not compete. The classifier that comes out knows nothing of it. @default false
   *
   * @see logit adjustment, Menon et al., arXiv:2007.07314; for federated sites Zhang et al., arXiv:2209.00189
   */
  readonly priorShift?: boolean | undefined
  /** The learning rate after the warm-up: as it is, or half a cosine down to 0. @default 'constant' */
  readonly schedule?: 'constant' | 'cosine' | undefined
  /** Share of all steps over which the learning rate grows to its height. @default 0 */
  readonly warmup?: number | undefined
  /** Largest length (l2 norm over everything that is trained) of a step's gradient; longer ones are shrunk. @default no limit */
  readonly clipNorm?: number | undefined
  /**
   * Rows of the classifier that are trained, for classes that arrive over time: only samples of these classes are trained on, only these
   * classes compete in the loss, and the other rows stay as they are to the last bit. @default all
   */
  readonly classes?: readonly number[] | undefined
  /**
   * Score the held-out samples after every epoch; end when their loss has not fallen by more than `minImprovement` for `patience`
   * epochs, and keep the best epoch's model. @default every epoch is trained, the last model kept
   */
  readonly earlyStopping?:
    { readonly patience: number; readonly minImprovement?: number | undefined } | undefined
}

/** Where a training run keeps what it needs to go on after it was stopped or killed, mid-epoch and to the same result. */
export interface CheckpointOptions {
  /** Removed when the run is complete. One of another run (options, start, data or model differ) is replaced. */
  readonly file: string
  /** Time between two checkpoints; one more is written when the run is cancelled. @default 30 s */
  readonly everyMs?: number
}

/** One epoch, counted from 1, as it went. */
export interface EpochReport {
  readonly epoch: number
  /** Mean loss of its steps. */
  readonly loss: number
  /** Mean cross entropy and accuracy on the held-out samples, where early stopping asks for them. */
  readonly heldOut?: { readonly loss: number; readonly accuracy: number }
}

/** Random changes of training images, anew every time that one is used. All are off by default. */
export interface Augmentation {
  /** Mirror half of the images left to right. */
  readonly flip?: boolean | undefined
  /** Cut out a rectangle of at least this share of the area, sides 3:4 to 4:3, and stretch it to the whole. Between 0 and 1. */
  readonly crop?: number | undefined
  /** Move by at most this share of the side in either direction; what comes in from outside is black. Between 0 and 0.5. */
  readonly shift?: number | undefined
  /** Scale all levels by a factor within 1 ± brightness. Between 0 and 1. */
  readonly brightness?: number | undefined
  /** Scale the distance of all levels from their mean by a factor within 1 ± contrast. Between 0 and 1. */
  readonly contrast?: number | undefined
}

/** `done` and `total` count samples; over all epochs while training, over all models while evaluating. */
export interface TrainProgress {
  readonly phase: 'load' | 'prepare' | 'train' | 'measure' | 'evaluate'
  readonly done: number
  readonly total: number
  readonly samplesPerSecond: number
  /** At that speed, until this phase is done. */
  readonly secondsLeft: number
  readonly loss?: number
  /** The newest finished epoch. */
  readonly epoch?: EpochReport
}

/** What one training run yields: the payload of an `adapter` contribution and the counts of its header. */
export interface TrainResult {
  readonly state: ModelState
  /** Wire names of the adapter's tensors that are contributed: those that were trained, and with joint Grams all. */
  readonly trained: readonly string[]
  /** Statistics of the training samples under their wire names: `gram/<module>`… in the form asked for, `classifier/gram`. */
  readonly grams: TensorMap
  readonly count: number
  readonly classCounts: readonly number[]
  /** Mean loss of every step, in order. */
  readonly losses: readonly number[]
  readonly epochs: readonly EpochReport[]
  /** Epoch whose model this is, counted from 1: the last, or with early stopping the best. */
  readonly bestEpoch: number
}

export interface MeasureOptions extends WorkOptions, SampleChoice {
  /** What kind of adapter it is. @default the trainer's */
  readonly adapterSpec?: AdapterSpec | undefined
  /** Classes with fewer samples are left out. @default 1 */
  readonly leastPerClass?: number | undefined
}

/** The payload of a `statistics` contribution. */
export interface MeasureResult {
  /** `classifier/gram`: [x;1]ᵀ[x;1], lower triangle packed by rows. */
  readonly gram: Tensor
  /** `classifier/cross`: [x;1]ᵀY, (features + 1, classes), one-hot Y. */
  readonly cross: Tensor
  readonly count: number
  readonly classCounts: readonly number[]
}

export interface StatisticsOptions extends SampleChoice {
  /** What kind of adapter it is. @default the trainer's */
  readonly adapterSpec?: AdapterSpec | undefined
  /**
   * What is kept of the Gram of a layer's inputs, G = XᵀX over all rows (tokens) of all training samples:
   *
   *   full        G
   *   diagonal    its diagonal
   *   top-k       its k largest eigenpairs, and the mean of the other eigenvalues
   *   projected   A G Aᵀ for the adapter's frozen A, as training yields it; not where A is trained
   */
  readonly kind: 'full' | 'diagonal' | 'top-k' | 'projected'
  /** Eigenpairs of `top-k`, fewer than the layer has inputs. @default 16 */
  readonly k?: number | undefined
  /** Target modules by name. @default all */
  readonly modules?: readonly string[] | undefined
}

export interface StatisticsResult {
  readonly grams: readonly InputGram[]
  readonly count: number
  readonly classCounts: readonly number[]
}

/** The Gram of one input. Sums, never divided by a count. */
export interface InputGram {
  /** Target modules that share this input, as query, key and value do; with `projected` one. */
  readonly modules: readonly string[]
  /** Rows behind it: tokens of samples, without filling; not counted for `projected`. */
  readonly rows?: number
  readonly gram: GramSummary
}

/** d is the width of the input. G of `top-k` is Σ (λᵢ − rest) vᵢvᵢᵀ + rest · I. */
export type GramSummary =
  | { readonly kind: 'full'; /** (d(d+1)/2), lower triangle packed by rows */ readonly packed: Tensor }
  | { readonly kind: 'diagonal'; /** (d) */ readonly diagonal: Tensor }
  | {
      readonly kind: 'top-k'
      /** (k), descending */
      readonly values: Tensor
      /** (k, d), rows of length 1 */
      readonly vectors: Tensor
      readonly rest: number
    }
  | { readonly kind: 'projected'; /** in the shape of `gram/<module>` */ readonly packed: Tensor }

export interface EvaluateResult {
  readonly correct: number
  readonly count: number
  readonly perClass: readonly Score[]
  /** In the order of the trainer's sites. */
  readonly perSite: readonly Score[]
  /** Of every site in the order of the classes. */
  readonly perSiteClass: readonly (readonly Score[])[]
  /** Sample by sample, 1 where the model was right, in an order that is the same for all models of one call: what a paired test needs. */
  readonly right: Uint8Array
}

export interface Score {
  readonly correct: number
  readonly count: number
}

/** A sample that could not be used; reported, never fatal. */
export interface SkippedSample {
  /** A file, or a file and a line. */
  readonly where: string
  readonly reason: string
}

/** A label that is no class of the charter, and how many samples were left out with it. */
export interface UnknownLabel {
  readonly label: string
  readonly count: number
}

/** Samples of a site, as they were found. */
export interface SiteSummary {
  readonly path: string
  readonly train: SplitSummary
  readonly heldOut: SplitSummary
  /** The first ones by name; a warning tells of the others. */
  readonly skipped: readonly SkippedSample[]
  /** Samples left out because of their labels, in both splits; `unknownLabels` asks for that. */
  readonly unknown: readonly UnknownLabel[]
  /** What a person should look at, in words. */
  readonly warnings: readonly string[]
}

export interface SplitSummary {
  readonly count: number
  /** In the order of the classes. */
  readonly classCounts: readonly number[]
}

export interface SiteTrainerInit {
  readonly model: ModelSpec
  /** The site's data. Several are trained on as one and evaluated apart: training on pooled data, or a judge over all sites. */
  readonly data: readonly SiteData[]
  /** How adapters are merged, which decides what training measures besides. */
  readonly rule: MergeRule
  /** In which form training yields Grams. @default projected where the rule weighs by Grams, else none */
  readonly grams?: GramSpec | undefined
  /** Whether training yields `classifier/gram`, [x;1]ᵀ[x;1] of the classifier's inputs under what was trained. @default false */
  readonly classifierGram?: boolean | undefined
  /** Seed of random backbone weights to use instead of the pretrained ones. @default the pretrained weights */
  readonly randomWeights?: string
  /** Memory for encoded samples; what does not fit is kept in a temporary file. @default 1 GiB */
  readonly sampleMemoryBytes?: number
  /**
   * Most bytes, in memory and beyond it in a temporary file, for activations of layers below the lowest adapter, which are computed once a
   * sample instead of once an epoch; 0 computes them every time. @default 4 GiB
   */
  readonly activationBytes?: number
  /**
   * When activations below the lowest adapter begin to be kept: when a sample is first trained on, and of held-out ones when something has
   * been trained; or whenever any pass asks for a sample, which pays where statistics and scores come often. @default 'training'
   */
  readonly keep?: 'training' | 'all' | undefined
  /** Threads of the compute runtime. @default chosen by the runtime */
  readonly threads?: number
  /** What executes the graph, and on which device. @default 'onnx' */
  readonly runtime?: RuntimeName
}

/** How a training run is watched over. */
export interface TrainWork {
  readonly signal?: AbortSignal | undefined
  readonly checkpoint?: CheckpointOptions | undefined
}

export interface WorkOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: TrainProgress) => void
}

export interface PassOptions extends WorkOptions, SampleChoice {}

/**
 * Trains, measures and evaluates on a site's samples. One call at a time is worked on, others wait. A call that is
 * aborted rejects with the signal's reason; leaving the loop over `train` stops it.
 */
export interface SiteTrainer {
  readonly sites: readonly SiteSummary[]
  /**
   * From a model, or with null from the charter's start (adapter that adds nothing, classifier of zeros).
   *
   * @throws DivergedError - the loss is not finite; carries the last state with a finite one
   */
  train(
    from: ModelState | null,
    options: TrainOptions,
    work?: TrainWork,
  ): AsyncGenerator<TrainProgress, TrainResult>
  /**
   * Classifier statistics of the training split, on the features of an adapter, or with null of the frozen backbone. Samples of classes of
   * which there are too few to be told are left out, and not counted.
   */
  measure(adapter: TensorMap | null, options?: MeasureOptions): Promise<MeasureResult>
  /**
   * Statistics of the inputs of target modules over the training split, or the samples chosen of it, under an adapter, or with null under the frozen backbone.
   * Several passes are made where the Grams of all modules together would not fit into memory.
   *
   * @throws PeermergeError ERR_STATISTICS_OPTIONS - a site or class that there is not, k out of its range, an unknown module, `projected` where A is trained
   */
  statistics(
    adapter: TensorMap | null,
    statistics: StatisticsOptions,
    options?: WorkOptions,
  ): Promise<StatisticsResult>
  /** Accuracy of each model on one split, in their order. */
  evaluate(
    models: readonly EvaluatedModel[],
    split: 'train' | 'heldOut',
    options?: PassOptions,
  ): Promise<EvaluateResult[]>
  /** Classifier inputs of a split's samples, in their order: (samples, features); under an adapter, or with null of the frozen backbone. */
  features(adapter: TensorMap | null, split: 'train' | 'heldOut', options?: PassOptions): Promise<Tensor>
  /** Frees memory; every later call fails. Harmless twice. */
  close(): Promise<void>
}

/** Handed in; the calls of pino that the trainer's client uses. */
export interface TrainerLogger {
  warn(fields: object, message: string): void
  debug(fields: object, message: string): void
}

/** A process of its own in which trainers work, so that no native kernel ever blocks the caller's thread. */
export interface TrainerClient {
  /** As `createSiteTrainer`, in the trainer's process. */
  open(init: SiteTrainerInit, options?: WorkOptions): Promise<SiteTrainer>
  /** The most bytes that the process has had in memory so far (resident set). */
  peakMemory(): Promise<number>
  /** Ends the process, whatever it does. Harmless twice. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
