import type { FittedSite } from '../fit-site.ts'
import type { OwnProgress } from '../schedule/site-training.ts'
import { keptRest } from './half-rest.ts'
import { loadDeclined, saveDeclined } from './declined-file.ts'
import { loadPersonal, savePersonal } from './personal-file.ts'
import { assertFits, type TrainedState } from './personal-state.ts'

/** The model that a site keeps to itself, in `personal.safetensors`, and how far it is. */
export class KeptModel<Method extends TrainedState['method']> {
  readonly #site: Pick<FittedSite, 'spec' | 'paths' | 'config'>
  readonly #method: Method
  #progress: OwnProgress | undefined

  constructor(site: Pick<FittedSite, 'spec' | 'paths' | 'config'>, method: Method) {
    this.#site = site
    this.#method = method
  }

  /** Undefined before it has been loaded or saved, and while there is none. */
  get progress(): OwnProgress | undefined {
    return this.#progress
  }

  /** Undefined while there is none. @throws InvalidFileError; PeermergeError ERR_PERSONAL_ADAPTER - it is none of this charter */
  async load(): Promise<Extract<TrainedState, { method: Method }> | undefined> {
    const { paths, spec, config } = this.#site
    const kept = await loadPersonal(paths.personal)
    if (kept === undefined) return undefined
    const adapter = keptRest(kept.state.adapter, config.personal.restPrecision)
    const rounded = { ...kept, state: { ...kept.state, adapter } }
    assertFits(rounded, { method: this.#method, adapter: spec.adapter }, paths.personal)
    const met = await loadDeclined(paths)
    const model = met === undefined ? rounded : { ...rounded, met }
    this.#note(model)
    return model
  }

  async save(model: TrainedState): Promise<void> {
    const { paths, config } = this.#site
    await savePersonal(paths.personal, model, config.personal.restPrecision)
    this.#note(model)
  }

  /** It has met these contributions of others, and stays as it was, its file included. */
  async decline(model: TrainedState, met: readonly string[]): Promise<void> {
    await saveDeclined(this.#site.paths, met)
    this.#note({ ...model, met })
  }

  #note({ trainings, generation, met }: OwnProgress): void {
    this.#progress = { trainings, generation, met }
  }
}
