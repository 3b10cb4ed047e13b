import { isDeepStrictEqual } from 'node:util'
import { PeermergeError } from '../../errors.ts'
import type { PredictionInput, PredictOptions } from '../../training/index.ts'
import type { FetchContext } from '../find-backbone.ts'
import type { HomePaths, SiteConfig } from '../home.ts'
import type { Logger } from '../logger.ts'
import { defaultModel } from '../predict/default-model.ts'
import { findModel, type FoundModel } from '../predict/find-model.ts'
import { parseModelChoice, settleChoice, type ModelChoice } from '../predict/model-choice.ts'
import { PredictionEngine, type Predicted } from '../predict/prediction-engine.ts'
import { errorMessage, type ErrorMessage } from '../worker-message.ts'
import { RequestError } from './serve-error.ts'
import { LOOK_EVERY_MS } from './serve-limits.ts'

export interface AnsweringModelInit {
  readonly paths: HomePaths
  readonly config: SiteConfig
  /** As a person writes it; anything but `merged` and `served` stays what it is. @default what the site answers by, as that changes */
  readonly model?: string | undefined
  readonly logger: Logger
}

/**
 * The model that answers: followed as what the home serves, or its newest merge, changes, and taken up between two passes. One that cannot be read leaves the one
 * before in its place, and is tried again; a process that died is replaced.
 */
export class AnsweringModel implements AsyncDisposable {
  readonly #init: AnsweringModelInit
  #engine: PredictionEngine
  #choice: ModelChoice | undefined
  #problem: ErrorMessage | undefined
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #isClosed = false

  constructor(init: AnsweringModelInit) {
    this.#init = init
    this.#engine = new PredictionEngine(init.config)
  }

  /** The model that answers at the moment; undefined while none can. */
  get model(): FoundModel | undefined {
    return this.#engine.model
  }

  /** Why a newer model could not be taken up, or the process is being replaced. */
  get problem(): ErrorMessage | undefined {
    return this.#problem
  }

  /** Has the first model answer. @throws as finding and using it */
  async start(context: FetchContext): Promise<void> {
    await this.#take(await this.#settled(), context)
    this.#lookLater()
  }

  /** @throws RequestError ERR_BUSY - no model answers; TrainerExitedError - the process has ended; another one is started within a second */
  async predict(inputs: readonly PredictionInput[], options: PredictOptions): Promise<Predicted> {
    if (this.model === undefined) throw startsAnew()
    try {
      return await this.#engine.predict(inputs, options)
    } catch (error) {
      if (isExit(error)) await this.#dropProcess(error)
      throw error
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#looking
    await this.#engine.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  get #isPinned(): boolean {
    const { model } = this.#init
    return model !== undefined && model !== 'merged' && model !== 'served'
  }

  #settled(): Promise<ModelChoice> {
    const { paths, model } = this.#init
    return model === undefined ? defaultModel(paths) : settleChoice(paths, parseModelChoice(model))
  }

  async #take(choice: ModelChoice, context: FetchContext = {}): Promise<void> {
    await this.#engine.use(await findModel(this.#init.paths, choice), context)
    this.#choice = choice
    this.#problem = undefined
    this.#init.logger.info({ model: this.model!.name }, 'model answers')
  }

  #lookLater(): void {
    if (this.#isClosed) return
    this.#timer = setTimeout(() => {
      this.#looking = this.#look().finally(() => this.#lookLater())
    }, LOOK_EVERY_MS).unref()
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    try {
      if (this.#isPinned && this.model !== undefined) return
      const choice = await this.#settled()
      if (isDeepStrictEqual(choice, this.#choice)) this.#problem = undefined
      else await this.#take(choice)
    } catch (error) {
      const problem = errorMessage(error)
      if (problem.message !== this.#problem?.message)
        this.#init.logger.warn({ problem }, 'a newer model cannot be taken up')
      this.#problem = problem
      if (isExit(error)) await this.#dropProcess(error)
    }
  }

  async #dropProcess(error: unknown): Promise<void> {
    this.#problem = errorMessage(error)
    const before = this.#engine
    if (before.model === undefined) return // somebody else has
    this.#engine = new PredictionEngine(this.#init.config)
    this.#choice = undefined
    await before.close()
  }
}

const isExit = (error: unknown): boolean =>
  error instanceof PeermergeError && error.code === 'ERR_TRAINER_EXITED'

/** While a process that died is replaced. */
export function startsAnew(): RequestError {
  return new RequestError(503, 'ERR_BUSY', 'the model starts anew; try again in a second')
}
