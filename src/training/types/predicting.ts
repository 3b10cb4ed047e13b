import type { RuntimeName } from '../runtime/runtime-name.ts'
import type { EvaluatedModel } from './measuring.ts'
import type { ModelSpec } from './site-data.ts'

/** What answers on samples that are no site's: a backbone, and the layers on which models have adapters. */
export interface PredictorInit {
  /** How many classes there are is said by each model's classifier. */
  readonly model: Omit<ModelSpec, 'classes'>
  /** Threads of the compute runtime. @default chosen by the runtime */
  readonly threads?: number | undefined
  /** What executes the graph, and on which device. @default 'onnx' */
  readonly runtime?: RuntimeName | undefined
}

/** One sample without a label: an image's file, or what is in such a file, or a text. */
export type PredictionInput =
  { readonly file: string } | { readonly image: Uint8Array } | { readonly text: string }

/** What a model says of one input, or why it cannot. */
export type Prediction = ClassProbabilities | InputProblem

export interface ClassProbabilities {
  /** softmax of the logits in float64, in the order of the classifier's rows; they sum to 1. (classes) */
  readonly probabilities: Float64Array
  /** Of a mixture, where it is asked for: share of the rest of the world, 0 to 1, mean over rows (tokens), then over modules. */
  readonly trust?: number
}

/** What is wrong with an input; the others are answered. */
export interface InputProblem {
  readonly code: InputProblemCode
  readonly reason: string
}

/**
 * No such file or not to be read; no image that can be decoded; no text in it; a text or a row of a table that cannot be read; not what the
 * backbone reads; the model's answer is not finite.
 */
export type InputProblemCode =
  | 'ERR_INPUT_MISSING'
  | 'ERR_INPUT_IMAGE'
  | 'ERR_INPUT_EMPTY'
  | 'ERR_INPUT_TEXT'
  | 'ERR_INPUT_KIND'
  | 'ERR_INPUT_ANSWER'

export interface PredictOptions {
  readonly signal?: AbortSignal | undefined
  /** Tell `trust` of a mixture, for a second pass over the inputs. @default false */
  readonly explain?: boolean | undefined
}

/** Answers on inputs by models that it is given, all on one backbone. Calls are worked on in their order, while those behind are decoded. */
export interface Predictor {
  /**
   * Takes in a model; the number stands for it.
   *
   * @throws MalformedError, ShapeMismatchError - its tensors are not those of its adapter, or of this backbone
   */
  take(model: EvaluatedModel): Promise<number>
  /** Lets a model go; calls under way end by it. */
  drop(model: number): Promise<void>
  /** An answer for each input, in their order. @throws PeermergeError ERR_NO_SUCH_MODEL */
  predict(
    model: number,
    inputs: readonly PredictionInput[],
    options?: PredictOptions,
  ): Promise<readonly Prediction[]>
  /** Frees memory when what is under way has ended; every later call fails. Harmless twice. */
  close(): Promise<void>
}
