import { isDeepStrictEqual } from 'node:util'
import {
  spawnTrainer,
  type Modality,
  type Prediction,
  type PredictionInput,
  type Predictor,
  type PredictorInit,
  type PredictOptions,
  type TrainerClient,
} from '../../training/index.ts'
import { modelSpecOf } from '../charter.ts'
import { charterBackbone, type FetchContext } from '../find-backbone.ts'
import type { SiteConfig } from '../home.ts'
import type { FoundModel } from './find-model.ts'

/** What a model in a process of its own says of some inputs. */
export interface Predicted {
  /** By which all of them were answered. */
  readonly by: FoundModel
  readonly predictions: readonly Prediction[]
}

interface Held {
  readonly model: FoundModel
  readonly predictor: Predictor
  readonly number: number
  readonly init: PredictorInit
}

/** One model at a time, in the trainer's process, which holds a backbone and no data. The next one takes its place between two calls. */
export class PredictionEngine implements AsyncDisposable {
  readonly #config: Pick<SiteConfig, 'backbone' | 'threads' | 'runtime'>
  readonly #client: TrainerClient = spawnTrainer()
  #held: Held | undefined

  constructor(config: Pick<SiteConfig, 'backbone' | 'threads' | 'runtime'>) {
    this.#config = config
  }

  /** The model that answers. */
  get model(): FoundModel | undefined {
    return this.#held?.model
  }

  /**
   * Has this model answer from now on; calls under way end by the one before. Where it cannot be used, that one stays.
   *
   * @throws BackboneError, HubError, MalformedError, ShapeMismatchError, TrainerExitedError; PeermergeError ERR_WRONG_BACKBONE
   */
  async use(model: FoundModel, context: FetchContext = {}): Promise<void> {
    const init = await this.#initFor(model, context)
    const before = this.#held
    const isSame = before !== undefined && isDeepStrictEqual(before.init, init)
    const predictor = isSame ? before.predictor : await this.#client.openPredictor(init)
    const number = await takeOrClose(predictor, model, isSame)
    this.#held = { model, predictor, number, init }
    if (isSame) await predictor.drop(before.number)
    else await before?.predictor.close()
  }

  /** By the model of the moment in which it is asked for. @throws TrainerExitedError */
  async predict(inputs: readonly PredictionInput[], options?: PredictOptions): Promise<Predicted> {
    const { model: by, predictor, number } = this.#held!
    return { by, predictions: await predictor.predict(number, inputs, options) }
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #initFor({ charter }: FoundModel, context: FetchContext): Promise<PredictorInit> {
    const { threads, runtime } = this.#config
    const held = this.#held // its backbone has been compared with the charter's, which takes a while
    const isSame = held?.model.charter.backbone.digest === charter.backbone.digest
    const backbone = isSame
      ? held.init.model.backbone
      : await charterBackbone(charter, this.#config.backbone, context)
    const { extent, adapter, modules } = modelSpecOf(charter, backbone)
    return { model: { backbone, extent, adapter, modules }, threads, runtime }
  }
}

/** A predictor that was opened for a model which it then cannot take is let go. */
async function takeOrClose(predictor: Predictor, { model }: FoundModel, isShared: boolean): Promise<number> {
  try {
    return await predictor.take(model)
  } catch (error) {
    if (!isShared) await predictor.close()
    throw error
  }
}

/** What the backbone of a model reads. */
export function modalityOf({ charter }: Pick<FoundModel, 'charter'>): Modality {
  return charter.input.kind
}
