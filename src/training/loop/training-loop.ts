import { createRandom } from '../../merge/index.ts'
import type { ParameterRange } from '../adapters/adapter.ts'
import { rangeViews } from '../adapters/trained-views.ts'
import { batches, batchSizeFor, countBatches } from '../data/batches.ts'
import type { Batch } from '../data/batches.ts'
import { DivergedError } from '../errors.ts'
import type { Graphs } from '../model/compiled-graphs.ts'
import { Progress } from '../progress.ts'
import type { Clock } from '../progress.ts'
import type { CheckpointOptions, EpochReport, ModelState, TrainProgress } from '../types.ts'
import { readCheckpoint, removeCheckpoint, writeCheckpoint } from './checkpoint.ts'
import type { Checkpoint, Values } from './checkpoint.ts'
import { keepStill, onlyMoving, type MovingEntries } from './alternating-entries.ts'
import { clipGradients } from './clip-gradients.ts'
import { afterEpoch, NOT_SCORED } from './early-stopping.ts'
import type { EarlyStoppingState, HeldOutScore } from './early-stopping.ts'
import { learningRateAt } from './learning-rate.ts'
import { slopesOf } from './objective.ts'
import type { Objective } from './objective.ts'
import { AdamW } from './optimizer.ts'
import type { CheckedOptions } from './train-options.ts'

const CHECKPOINT_MS = 30_000

export interface LoopInit {
  readonly objective: Objective
  readonly graphs: Graphs
  /** Values of everything that is trained, at the start; changed in place. */
  readonly values: Map<string, Float32Array>
  readonly options: CheckedOptions
  readonly now: Clock
  readonly signal?: AbortSignal | undefined
  /** What a step moves; the rest of the values stays as it is to the last bit. */
  readonly ranges: readonly ParameterRange[]
  /** Passes of an epoch, each with a moving part and an optimizer of its own. @default one that moves all ranges */
  readonly passes?: readonly MovingEntries[] | undefined
  /** Scores the values on held-out samples; asked for after each epoch when there is early stopping. */
  readonly score?: () => Promise<HeldOutScore>
  /** The values as what training yields; kept when a later step diverges. */
  readonly stateOf: (values: Values) => ModelState | null
  /** With the name of the run that a checkpoint must be of. */
  readonly checkpoint?: (CheckpointOptions & { readonly run: string }) | undefined
}

export interface LoopResult {
  readonly losses: readonly number[]
  readonly epochs: readonly EpochReport[]
  readonly bestEpoch: number
}

/**
 * Minimises an objective by AdamW: every epoch in a new seeded order, in batches of one size. Everything random comes from the seed, the
 * number of the epoch and that of the batch, so that a run continued from a checkpoint gives the numbers of one that was never stopped.
 *
 * @throws DivergedError - the loss, a slope, or a value after the last step is not finite
 */
export async function* trainingLoop(init: LoopInit): AsyncGenerator<TrainProgress, LoopResult> {
  const run = new TrainingRun(init)
  try {
    while (!run.isDone) yield* run.epoch()
  } catch (error) {
    if (init.signal?.aborted === true) run.save()
    else if (error instanceof DivergedError) run.forget() // it would only diverge again
    throw error
  }
  return run.finish()
}

interface Pass {
  /** Undefined moves all ranges. */
  readonly moving: MovingEntries | undefined
  readonly optimizer: AdamW
}

class TrainingRun {
  readonly #init: LoopInit
  readonly #size: number
  readonly #stepsPerPass: number
  readonly #stepsPerEpoch: number
  readonly #passes: readonly Pass[]
  readonly #losses: number[]
  readonly #epochs: EpochReport[]
  readonly #progress: Progress
  #stopping: EarlyStoppingState = NOT_SCORED
  #best: Values | undefined
  #stopsEarly = false
  #lastGood: ModelState | null = null
  #savedAt: number

  constructor(init: LoopInit) {
    const { objective, options, checkpoint, now } = init
    const count = objective.samples.labels.length
    this.#init = init
    this.#size = batchSizeFor(count, options.batchSize)
    this.#passes = (init.passes ?? [undefined]).map((moving) => ({ moving, optimizer: new AdamW(options) }))
    this.#stepsPerPass = countBatches(objective.samples, this.#size)
    this.#stepsPerEpoch = this.#passes.length * this.#stepsPerPass
    const saved = checkpoint && readCheckpoint(checkpoint.file, checkpoint.run)
    this.#losses = [...(saved?.losses ?? [])]
    this.#epochs = [...(saved?.epochs ?? [])]
    if (saved !== undefined) this.#restore(saved)
    const perEpoch = count * this.#passes.length
    const done = Math.round((this.#losses.length / this.#stepsPerEpoch) * perEpoch)
    this.#progress = new Progress('train', perEpoch * options.epochs, now, done)
    this.#savedAt = now()
  }

  get isDone(): boolean {
    return this.#stopsEarly || this.#epochs.length === this.#init.options.epochs
  }

  /** The rest of the epoch at hand. */
  async *epoch(): AsyncGenerator<TrainProgress> {
    for (const [number, pass] of this.#passes.entries()) {
      for (const batch of this.#batches(number)) {
        this.#init.signal?.throwIfAborted()
        const loss = await this.#step(batch, pass)
        this.#saveNowAndThen()
        yield this.#progress.advance(batch.indices.length, { loss })
      }
    }
    yield this.#progress.advance(0, { epoch: await this.#endEpoch() })
  }

  finish(): LoopResult {
    const { values } = this.#init
    if (![...values.values()].every(isFinite)) throw this.#diverged(this.#losses.length, NaN)
    this.save() // what follows may be stopped too; the caller forgets the run when all is done
    for (const [name, data] of this.#best ?? []) values.get(name)!.set(data)
    const bestEpoch = this.#best === undefined ? this.#epochs.length : this.#stopping.bestEpoch
    return { losses: this.#losses, epochs: this.#epochs, bestEpoch }
  }

  forget(): void {
    const { checkpoint } = this.#init
    if (checkpoint !== undefined) removeCheckpoint(checkpoint.file)
  }

  save(): void {
    const { checkpoint, values } = this.#init
    if (checkpoint === undefined) return
    const state: Checkpoint = {
      values,
      optimizers: this.#passes.map(({ optimizer }) => optimizer.state),
      best: this.#best,
      ...this.#stopping,
      losses: this.#losses,
      epochs: this.#epochs,
    }
    writeCheckpoint(checkpoint.file, checkpoint.run, state)
    this.#savedAt = this.#init.now()
  }

  /** Batches of a pass of the epoch at hand that have not been stepped on. */
  #batches(pass: number): Generator<Batch> {
    const { objective, options } = this.#init
    const epoch = this.#epochs.length
    const done = this.#losses.length - epoch * this.#stepsPerEpoch - pass * this.#stepsPerPass
    return batches(objective.samples, objective.format, {
      size: this.#size,
      shuffle: createRandom(`${options.seed}/shuffle/${epoch}`),
      augment: (batch) =>
        objective.format.augmentation?.(
          options.augment,
          createRandom(`${options.seed}/augment/${epoch}/${batch}`),
        ),
      skip: Math.min(Math.max(done, 0), this.#stepsPerPass),
    })
  }

  async #step(batch: Batch, { moving, optimizer }: Pass): Promise<number> {
    const { objective, graphs, values, ranges, options, stateOf } = this.#init
    const step = this.#losses.length
    const { loss, gradients } = await slopesOf(objective, graphs, batch, values)
    if (!Number.isFinite(loss)) throw this.#diverged(step + 1, loss)
    this.#lastGood = stateOf(values)
    if (![...gradients.values()].every(isFinite)) throw this.#diverged(step + 1, NaN)
    if (moving !== undefined) onlyMoving(gradients, moving)
    const putBack = moving && keepStill(values, moving)
    const slopes = rangeViews(ranges, gradients)
    clipGradients(slopes.values(), options.clipNorm)
    const rate = learningRateAt(step, options.epochs * this.#stepsPerEpoch, options)
    optimizer.step(rangeViews(ranges, values), slopes, rate)
    putBack?.()
    this.#losses.push(loss)
    return loss
  }

  async #endEpoch(): Promise<EpochReport> {
    const { options, values, score } = this.#init
    const epoch = this.#epochs.length + 1
    const losses = this.#losses.slice(-this.#stepsPerEpoch)
    const loss = losses.reduce((sum, one) => sum + one, 0) / losses.length
    const heldOut = options.earlyStopping && (await score?.())
    const report = heldOut === undefined ? { epoch, loss } : { epoch, loss, heldOut }
    if (heldOut !== undefined && options.earlyStopping !== undefined) {
      const { state, isBest, stops } = afterEpoch(this.#stopping, epoch, heldOut.loss, options.earlyStopping)
      this.#stopping = state
      this.#stopsEarly = stops
      if (isBest) this.#best = new Map([...values].map(([name, data]) => [name, data.slice()]))
    }
    this.#epochs.push(report)
    return report
  }

  #saveNowAndThen(): void {
    const { checkpoint, now } = this.#init
    if (checkpoint !== undefined && now() - this.#savedAt >= (checkpoint.everyMs ?? CHECKPOINT_MS))
      this.save()
  }

  #restore({ values, optimizers, best, bestLoss, bestEpoch }: Checkpoint): void {
    const { options } = this.#init
    for (const [name, data] of values) this.#init.values.get(name)!.set(data)
    for (const [i, state] of optimizers.entries()) this.#passes[i]!.optimizer.restore(state)
    this.#best = best
    this.#stopping = { bestLoss, bestEpoch }
    const { earlyStopping } = options
    this.#stopsEarly =
      earlyStopping !== undefined && this.#epochs.length - bestEpoch >= earlyStopping.patience
  }

  #diverged(step: number, loss: number): DivergedError {
    return new DivergedError(step, loss, this.#lastGood)
  }
}

function isFinite(data: Float32Array): boolean {
  return data.every(Number.isFinite)
}
