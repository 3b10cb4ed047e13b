import { joinSamples } from '../data/load-site.ts'
import type { JoinedSamples, LoadedSite } from '../data/load-site.ts'
import { assertSome, chosenIndices, partOf } from '../data/sample-choice.ts'
import type { SampleSet, Split } from '../data/samples.ts'
import type { CheckedOptions } from '../loop/train-options.ts'
import type { Clock } from '../progress.ts'
import type { SampleChoice, SiteTrainerInit, TrainProgress, WorkOptions } from '../types.ts'
import { KeptActivations } from './kept-activations.ts'
import type { SamplePass } from './sample-pass.ts'

/** Samples to pass over, with the activations of the frozen part where those are kept of all of them. */
export type ReadSamples = Pick<SamplePass, 'samples' | 'kept'>

/** The samples of all sites of a trainer, and what is kept of them between passes. */
export class TrainerSamples {
  readonly #init: Pick<SiteTrainerInit, 'keep'>
  readonly #model: Pick<SamplePass, 'model' | 'graphs'>
  readonly #sites: readonly LoadedSite[]
  readonly #joined: Readonly<Record<Split, JoinedSamples>>
  readonly #kept: Readonly<Record<Split, KeptActivations>>
  readonly #now: Clock

  constructor(
    init: Pick<SiteTrainerInit, 'keep' | 'activationBytes'>,
    model: Pick<SamplePass, 'model' | 'graphs'>,
    sites: readonly LoadedSite[],
    now: Clock,
  ) {
    const { activationBytes } = init
    this.#init = init
    this.#model = model
    this.#sites = sites
    this.#now = now
    this.#joined = {
      train: joinSamples(sites.map(({ train }) => train)),
      heldOut: joinSamples(sites.map(({ heldOut }) => heldOut)),
    }
    this.#kept = {
      train: new KeptActivations(activationBytes),
      heldOut: new KeptActivations(activationBytes),
    }
  }

  /** Of a choice, with what is kept of it where it is kept of all. */
  read(split: Split, choice: SampleChoice): ReadSamples {
    const chosen = chosenIndices(this.#joined[split], choice)
    return { samples: partOf(this.#joined[split], chosen), kept: this.#kept[split].of(chosen) }
  }

  /** Training samples of a choice. @throws DatasetError ERR_NO_SAMPLES */
  chosen(choice: SampleChoice): ReadSamples {
    assertSome(chosenIndices(this.#joined.train, choice), choice)
    return this.read('train', choice)
  }

  /** Those to train on, computing what is kept of them where that pays. @throws DatasetError ERR_NO_SAMPLES */
  async *toTrain(
    options: CheckedOptions,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<TrainProgress, ReadSamples> {
    const { train } = this.#joined
    const chosen = chosenIndices(train, options)
    assertSome(chosen, options)
    const pass = { ...this.#model, samples: train, signal }
    const kept = yield* this.#kept.train.get(pass, chosen, options, this.#now)
    return { samples: partOf(train, chosen), kept }
  }

  /** Held-out samples of the sites and classes of a choice. */
  heldOutLike({ sites, classes }: SampleChoice): SampleSet {
    return this.read('heldOut', { sites, classes }).samples
  }

  /** Samples to evaluate on, site by site; what is kept of them is computed first where passes go over them again and again. */
  async toEvaluate(
    split: Split,
    choice: SampleChoice,
    options: WorkOptions,
  ): Promise<readonly ReadSamples[]> {
    const again = split === 'heldOut' && this.#init.keep !== 'all' && this.#kept.train.isUsed
    if (again && this.#joined.heldOut.labels.length > 0) await this.#keep(split, undefined, options)
    await this.keepIfAll(split, choice, options)
    return this.#sites.map((_, site) => this.read(split, ofSite(choice, site)))
  }

  /** Computes what is kept of these samples, where all passes are to have it. */
  async keepIfAll(split: Split, choice: SampleChoice, options: WorkOptions): Promise<void> {
    if (this.#init.keep === 'all')
      await this.#keep(split, chosenIndices(this.#joined[split], choice), options)
  }

  close(): void {
    for (const site of this.#sites) site.close()
    for (const kept of Object.values(this.#kept)) kept.close()
  }

  async #keep(
    split: Split,
    chosen: readonly number[] | undefined,
    { signal, onProgress }: WorkOptions,
  ): Promise<void> {
    const pass = { ...this.#model, samples: this.#joined[split], signal }
    for await (const step of this.#kept[split].get(pass, chosen, { augment: {} }, this.#now))
      onProgress?.(step)
  }
}

/** Of a choice what is at one site; nothing where that is not among its sites. */
function ofSite(choice: SampleChoice, site: number): SampleChoice {
  return { ...choice, sites: choice.sites?.includes(site) === false ? [] : [site] }
}
