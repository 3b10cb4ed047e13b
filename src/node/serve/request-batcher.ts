import type { PredictionInput, PredictOptions } from '../../training/index.ts'
import type { Predicted } from '../predict/prediction-engine.ts'
import { RequestError } from './serve-error.ts'
import { MAX_BATCH, MAX_WAITING, WINDOW_MS } from './serve-limits.ts'

type Predict = (inputs: readonly PredictionInput[], options: PredictOptions) => Promise<Predicted>

interface Waiting {
  readonly inputs: readonly PredictionInput[]
  readonly explain: boolean
  readonly resolve: (answer: Predicted) => void
  readonly reject: (reason: unknown) => void
}

export interface BatchCounts {
  readonly requests: number
  readonly inputs: number
  /** Passes of the model that they took. */
  readonly passes: number
}

/**
 * Puts requests that come together into one pass of the model: those that come within a few milliseconds of the first, or while a pass is under
 * way. Every request is answered by one model as a whole.
 */
export class RequestBatcher {
  readonly #predict: Predict
  readonly #waiting: Waiting[] = []
  readonly #counts = { requests: 0, inputs: 0, passes: 0 }
  #running: Promise<void> | undefined

  constructor(predict: Predict) {
    this.#predict = predict
  }

  get counts(): BatchCounts {
    return { ...this.#counts }
  }

  /** @throws RequestError ERR_BUSY - too many wait; what the model throws */
  answer(inputs: readonly PredictionInput[], explain: boolean): Promise<Predicted> {
    const waiting = this.#waiting.reduce((sum, one) => sum + one.inputs.length, 0)
    if (waiting > 0 && waiting + inputs.length > MAX_WAITING)
      throw new RequestError(503, 'ERR_BUSY', `${waiting} inputs wait already; try again in a second`, { waiting }) // prettier-ignore
    this.#counts.requests += 1
    this.#counts.inputs += inputs.length
    return new Promise((resolve, reject) => {
      this.#waiting.push({ inputs, explain, resolve, reject })
      this.#running ??= this.#run().finally(() => (this.#running = undefined))
    })
  }

  /** Resolves when nothing waits and nothing is under way. */
  async whenIdle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #run(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, WINDOW_MS))
    while (this.#waiting.length > 0) await this.#pass(this.#next())
  }

  /** Those at the front that ask for the same, as many as go into a pass. */
  #next(): readonly Waiting[] {
    const first = this.#waiting[0]!
    let size = 0
    const end = this.#waiting.findIndex(({ inputs, explain }, i) => {
      size += inputs.length
      return i > 0 && (explain !== first.explain || size > MAX_BATCH)
    })
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end)
  }

  async #pass(batch: readonly Waiting[]): Promise<void> {
    this.#counts.passes += 1
    try {
      const inputs = batch.flatMap((one) => one.inputs)
      const { by, predictions } = await this.#predict(inputs, { explain: batch[0]!.explain })
      let at = 0
      for (const one of batch)
        one.resolve({ by, predictions: predictions.slice(at, (at += one.inputs.length)) })
    } catch (error) {
      for (const one of batch) one.reject(error)
    }
  }
}
