import type { AdapterSpec, TargetModule } from '../../merge/index.ts'
import type { MixtureSpec } from '../types.ts'
import { adapterSet } from '../adapters/adapter-set.ts'
import type { CompiledGraphs, Graphs } from './compiled-graphs.ts'
import type { Model } from './model-graph.ts'

/** Adapters besides the model's own whose graphs stay compiled: merges of tasks are evaluated in turns, and each graph holds memory. */
const KEPT = 2

/** A model with the graphs that are compiled of it. */
export interface RunnableModel {
  readonly model: Model
  readonly graphs: Graphs
}

/** One backbone under adapters of several specs, as a merge that stacks the factors of tasks has another rank than they. */
export class AdapterModels {
  readonly #own: RunnableModel
  readonly #ownKey: string
  readonly #modules: readonly TargetModule[]
  readonly #graphs: CompiledGraphs
  /** By spec, the one used last at the end. */
  readonly #others = new Map<string, RunnableModel>()

  constructor(
    model: Model,
    adapter: AdapterSpec | MixtureSpec,
    modules: readonly TargetModule[],
    graphs: CompiledGraphs,
  ) {
    this.#own = { model, graphs }
    this.#ownKey = specKey(adapter)
    this.#modules = modules
    this.#graphs = graphs
  }

  /**
   * The model under adapters of this spec. What was had before of a third spec is not to be used any more.
   *
   * @throws MergeSpecError - the adapter spans more directions than a module has
   */
  async of(spec: AdapterSpec | MixtureSpec | undefined): Promise<RunnableModel> {
    if (spec === undefined || specKey(spec) === this.#ownKey) return this.#own
    const key = specKey(spec)
    const known = this.#others.get(key)
    this.#others.delete(key)
    const one = known ?? this.#open(spec, key)
    this.#others.set(key, one)
    if (this.#others.size > KEPT) await this.#release(this.#others.keys().next().value!)
    return one
  }

  #open(spec: AdapterSpec | MixtureSpec, key: string): RunnableModel {
    const model = { ...this.#own.model, adapter: adapterSet(spec, this.#modules) }
    return { model, graphs: this.#graphs.under(key) }
  }

  async #release(key: string): Promise<void> {
    await this.#others.get(key)!.graphs.release('')
    this.#others.delete(key)
  }
}

/** Names a spec, whatever the order of its fields. */
export function specKey(spec: AdapterSpec | MixtureSpec): string {
  return JSON.stringify(Object.entries(spec).sort(([a], [b]) => (a < b ? -1 : 1)))
}
