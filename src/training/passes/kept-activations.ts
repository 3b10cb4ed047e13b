import { createRandom } from '../../merge/index.ts'
import { MemoryBudget } from '../data/memory-budget.ts'
import { recordStore } from '../data/record-store.ts'
import type { RecordStore } from '../data/record-store.ts'
import { SpillError } from '../errors.ts'
import type { CheckedOptions } from '../loop/train-options.ts'
import { Progress, withProgress } from '../progress.ts'
import type { Clock } from '../progress.ts'
import type { TrainProgress } from '../types.ts'
import { keepPrefix, paysToKeep } from './keep-prefix.ts'
import type { KeptPrefix } from './kept-prefix.ts'
import type { SamplePass } from './sample-pass.ts'

/** Beyond this the activations are in a temporary file. */
const MEMORY_BYTES = 512 * 1024 ** 2

export const DEFAULT_ACTIVATION_BYTES = 4 * 1024 ** 3

/** Activations of the frozen part of the backbone on the training samples, computed once and kept for all epochs and runs. */
export class KeptActivations {
  readonly #maxBytes: number
  #pays: boolean | undefined
  #prefix: KeptPrefix | undefined
  #store: RecordStore | undefined

  constructor(maxBytes = DEFAULT_ACTIVATION_BYTES) {
    this.#maxBytes = maxBytes
  }

  /** What is kept, computing it where that pays; undefined where it does not, or images change from epoch to epoch. */
  async *get(
    pass: Omit<SamplePass, 'values'>,
    { epochs, augment }: Pick<CheckedOptions, 'epochs' | 'augment'>,
    now: Clock,
  ): AsyncGenerator<TrainProgress, KeptPrefix | undefined> {
    const { model, samples } = pass
    if (model.format.augmentation?.(augment, createRandom('')) !== undefined) return undefined
    if (this.#prefix !== undefined || epochs < 2) return this.#prefix
    this.#pays ??= paysToKeep(model, samples, this.#maxBytes)
    if (this.#pays) this.#prefix = yield* this.#compute(pass, now)
    return this.#prefix
  }

  /** Frees memory and files. Harmless twice. */
  close(): void {
    this.#store?.close()
    this.#store = undefined
    this.#prefix = undefined
  }

  async *#compute(
    pass: Omit<SamplePass, 'values'>,
    now: Clock,
  ): AsyncGenerator<TrainProgress, KeptPrefix | undefined> {
    const progress = new Progress('prepare', pass.samples.labels.length, now)
    this.#store = recordStore({ budget: new MemoryBudget(MEMORY_BYTES) })
    const work = keepPrefix(pass, this.#store)
    let kept: KeptPrefix | undefined
    try {
      kept = yield* withProgress(work, progress)
    } catch (error) {
      if (!(error instanceof SpillError)) throw error
      this.#pays = false // no room on the disk: training goes on without, only slower
    } finally {
      if (kept === undefined) this.close()
    }
    return kept
  }
}
