import { PeermergeError } from '../../errors.ts'
import type { LabelledFeatures, TensorMap } from '../../merge/index.ts'
import { DivergedError } from '../errors.ts'
import type {
  CheckpointOptions,
  EvaluatedModel,
  EvaluateResult,
  FeatureOptions,
  MeasureOptions,
  MeasureResult,
  MixerTrust,
  MixtureSpec,
  ModelState,
  Prediction,
  PredictionInput,
  PredictorInit,
  ProcessUsage,
  SampleChoice,
  SiteSummary,
  SiteTrainerInit,
  StatisticsOptions,
  StatisticsResult,
  TrainOptions,
  TrainProgress,
  TrainResult,
  WorkOptions,
} from '../types.ts'

/** What is measured, apart from how the work is watched. */
export type Measured = Omit<MeasureOptions, keyof WorkOptions>

/** What the trainer's process can be asked for, with what it takes and gives. `trainer` is the number that `open` gave. */
export interface Calls {
  open: { in: { init: SiteTrainerInit }; out: { trainer: number; sites: readonly SiteSummary[] } }
  train: {
    in: {
      trainer: number
      from: ModelState | null
      options: TrainOptions
      checkpoint: CheckpointOptions | undefined
    }
    out: TrainResult
  }
  measure: {
    in: { trainer: number; adapter: TensorMap | null; measured: Measured }
    out: MeasureResult
  }
  statistics: {
    in: { trainer: number; adapter: TensorMap | null; statistics: StatisticsOptions }
    out: StatisticsResult
  }
  evaluate: {
    in: { trainer: number; models: readonly EvaluatedModel[]; split: 'train' | 'heldOut' } & SampleChoice
    out: EvaluateResult[]
  }
  features: {
    in: { trainer: number; adapter: TensorMap | null; split: 'train' | 'heldOut' } & Omit<
      FeatureOptions,
      keyof WorkOptions
    >
    out: LabelledFeatures
  }
  mixerTrust: {
    in: {
      trainer: number
      model: { adapter: TensorMap; adapterSpec: MixtureSpec }
      split: 'train' | 'heldOut'
    } & SampleChoice
    out: MixerTrust
  }
  /** `predictor` is the number that it gives, `model` one that `takeModel` gives. */
  openPredictor: { in: { init: PredictorInit }; out: number }
  takeModel: { in: { predictor: number; model: EvaluatedModel }; out: number }
  dropModel: { in: { predictor: number; model: number }; out: undefined }
  predict: {
    in: { predictor: number; model: number; inputs: readonly PredictionInput[]; explain: boolean | undefined }
    out: readonly Prediction[]
  }
  closePredictor: { in: { predictor: number }; out: undefined }
  peakMemory: { in: Record<string, never>; out: number }
  close: { in: { trainer: number }; out: undefined }
}

export type Method = keyof Calls

/** To the process: a call, or the wish to end one. */
export type Request =
  | { [M in Method]: { readonly id: number; readonly method: M; readonly args: Calls[M]['in'] } }[Method]
  | { readonly id: number; readonly method: 'cancel' }

/** From the process, for the call of that id. */
export type Reply =
  | { readonly id: number; readonly kind: 'progress'; readonly progress: TrainProgress }
  | { readonly id: number; readonly kind: 'done'; readonly value: unknown }
  | { readonly id: number; readonly kind: 'failed'; readonly error: SentError }

/** From the process, now and then: what it has used. */
export interface UsageNote {
  readonly kind: 'usage'
  readonly usage: ProcessUsage
}

/** An error as it crosses the process boundary: classes do not survive it, codes do. */
export interface SentError {
  readonly code: string
  readonly message: string
  readonly detail: Readonly<Record<string, unknown>>
  readonly stack: string | undefined
  readonly lastGood: ModelState | null
}

export function sendError(error: unknown): SentError {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  const known = error instanceof PeermergeError ? error : undefined
  return {
    code: known?.code ?? 'ERR_TRAINER',
    message,
    detail: known?.detail ?? {},
    stack,
    lastGood: error instanceof DivergedError ? error.lastGood : null,
  }
}

/** The error on the other side; its cause carries the stack of the process. */
export function receiveError({ code, message, detail, stack, lastGood }: SentError): PeermergeError {
  if (code === 'ERR_DIVERGED') {
    return new DivergedError(Number(detail['step']), Number(detail['loss']), lastGood)
  }
  return new PeermergeError(code, message, { ...detail }, { cause: stack })
}
