import type { GramSpec, TensorMap } from '../../merge/index.ts'
import type { MixtureSpec, ModelState, SampleChoice } from './site-data.ts'

/** One of the factors of scale · B A. */
export type LoraFactor = 'A' | 'B'

/** How many adapter heads a site trains at every module, and by what it chooses them; the others stay and are not contributed. */
export interface HeadBudget {
  readonly count: number
  readonly score: 'random' | 'weight' | 'gradient'
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
  /**
   * Trains the adapter beside that of the rest of the world, which `from` holds under `rest/…` and which stays as it is, and a mixer of the two
   * (adapters/mixture.ts). The result's state is one of that mixture. @default the adapter alone
   */
  readonly mixture?: Omit<MixtureSpec, 'kind' | 'own'> | undefined
  /**
   * Masks of entries that are this site's own, by the wire name of a trained tensor, one bit an entry (`packMask`): every epoch passes over the
   * samples once to move them alone and once to move all others. @default one pass moves everything
   */
  readonly personal?: ReadonlyMap<string, Uint8Array> | undefined
  /**
   * What rows of the classifier start from that are zeros: as they are, or a small multiple of the linear discriminant of the samples that are
   * trained on, so that the adapter's first steps serve classes and not chance. @default 'zeros'
   */
  readonly classifierStart?: 'zeros' | 'discriminant' | undefined
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

/** How a training run is watched over. */
export interface TrainWork {
  readonly signal?: AbortSignal | undefined
  readonly checkpoint?: CheckpointOptions | undefined
}

export interface WorkOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: TrainProgress) => void
}
