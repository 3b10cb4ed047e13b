import type { EvaluatedModel, Prediction, PredictionInput, Predictor, PredictOptions } from '../types.ts'
import type { TrainerChannel } from './trainer-channel.ts'

/** A predictor in another process. */
export class RemotePredictor implements Predictor {
  readonly #channel: TrainerChannel
  readonly #predictor: number
  #closing: Promise<void> | undefined

  constructor(channel: TrainerChannel, predictor: number) {
    this.#channel = channel
    this.#predictor = predictor
  }

  take(model: EvaluatedModel): Promise<number> {
    return this.#channel.call('takeModel', { predictor: this.#predictor, model })
  }

  drop(model: number): Promise<void> {
    return this.#channel.call('dropModel', { predictor: this.#predictor, model })
  }

  predict(
    model: number,
    inputs: readonly PredictionInput[],
    { explain, signal }: PredictOptions = {},
  ): Promise<readonly Prediction[]> {
    const call = { predictor: this.#predictor, model, inputs, explain }
    return this.#channel.call('predict', call, signal === undefined ? {} : { signal })
  }

  close(): Promise<void> {
    this.#closing ??= this.#channel.call('closePredictor', { predictor: this.#predictor })
    return this.#closing
  }
}
