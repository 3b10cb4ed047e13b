import { createRandom } from '../../merge/index.ts'
import { MemoryBudget } from '../data/memory-budget.ts'
import { recordStore } from '../data/record-store.ts'
import type { RecordStore } from '../data/record-store.ts'
import { partOf } from '../data/sample-choice.ts'
import { SpillError } from '../errors.ts'
import type { CheckedOptions } from '../loop/train-options.ts'
import type { KeptPrefix } from '../model/frozen-prefix.ts'
import { Progress, withProgress } from '../progress.ts'
import type { Clock } from '../progress.ts'
import type { TrainProgress } from '../types.ts'
import { paysToKeep, PrefixCache } from './keep-prefix.ts'
import type { SamplePass } from './sample-pass.ts'

/** Beyond this the activations are in a temporary file. */
export const KEPT_MEMORY_BYTES = 512 * 1024 ** 2

export const DEFAULT_ACTIVATION_BYTES = 4 * 1024 ** 3

/**
 * Activations of the frozen part of the backbone on the training samples, computed once a sample, when a run first trains on it, and kept
 * for all epochs and runs.
 */
export class KeptActivations {
  readonly #maxBytes: number
  #pays: boolean | undefined
  #cache: PrefixCache | undefined
  #store: RecordStore | undefined

  constructor(maxBytes = DEFAULT_ACTIVATION_BYTES) {
    this.#maxBytes = maxBytes
  }

  /**
   * What is kept of these samples, computing it where that pays; undefined where it does not, or images change from epoch to epoch.
   *
   * @param chosen - undefined: all samples of the pass, which are the same in every call
   */
  async *get(
    pass: Omit<SamplePass, 'values'>,
    chosen: readonly number[] | undefined,
    { augment }: Pick<CheckedOptions, 'augment'>,
    now: Clock,
  ): AsyncGenerator<TrainProgress, KeptPrefix | undefined> {
    const { model, samples } = pass
    if (model.format.augmentation?.(augment, createRandom('')) !== undefined) return undefined
    this.#pays ??= paysToKeep(model, samples, this.#maxBytes)
    if (!this.#pays) return undefined
    yield* this.#fill(pass, chosen, now)
    return this.of(chosen)
  }

  /** Whether anything is kept. */
  get isUsed(): boolean {
    return this.#cache !== undefined
  }

  /** What is kept of these samples if it is of all of them; computes nothing. */
  of(chosen: readonly number[] | undefined): KeptPrefix | undefined {
    if (this.#cache === undefined || this.#cache.missing(chosen).length > 0) return undefined
    const { prefix } = this.#cache
    return { ...prefix, samples: partOf(prefix.samples, chosen) }
  }

  /** Frees memory and files. Harmless twice. */
  close(): void {
    this.#store?.close()
    this.#store = undefined
    this.#cache = undefined
  }

  async *#fill(
    { signal, ...pass }: Omit<SamplePass, 'values'>,
    chosen: readonly number[] | undefined,
    now: Clock,
  ): AsyncGenerator<TrainProgress, void> {
    this.#store ??= recordStore({ budget: new MemoryBudget(KEPT_MEMORY_BYTES) })
    this.#cache ??= new PrefixCache(pass, this.#store)
    const missing = this.#cache.missing(chosen)
    if (missing.length === 0) return
    try {
      yield* withProgress(this.#cache.fill(missing, signal), new Progress('prepare', missing.length, now))
    } catch (error) {
      if (!(error instanceof SpillError)) throw error // aborted: what was kept so far stays
      this.#pays = false // no room on the disk: training goes on without, only slower
      this.close()
    }
  }
}
