import type { TrainProgress } from './types.ts'

/** Milliseconds of a clock that never goes back. */
export type Clock = () => number

/** Counts samples of one phase and tells how fast they go, from its start. */
export class Progress {
  readonly #phase: TrainProgress['phase']
  readonly #total: number
  readonly #now: Clock
  readonly #started: number
  #done: number
  #counted = 0

  /** @param done - counted already, before this start */
  constructor(phase: TrainProgress['phase'], total: number, now: Clock, done = 0) {
    this.#phase = phase
    this.#total = total
    this.#now = now
    this.#started = now()
    this.#done = done
  }

  advance(samples: number, extra: Pick<TrainProgress, 'loss' | 'epoch'> = {}): TrainProgress {
    this.#done += samples
    this.#counted += samples
    const elapsedMs = Math.max(this.#now() - this.#started, 1)
    const samplesPerSecond = (this.#counted * 1000) / elapsedMs
    return {
      phase: this.#phase,
      done: this.#done,
      total: this.#total,
      samplesPerSecond,
      secondsLeft: Math.max(this.#total - this.#done, 0) / Math.max(samplesPerSecond, 1e-9),
      ...extra,
    }
  }
}

/** Passes on what work yields, numbers of samples done, as progress. */
export async function* withProgress<T>(
  work: AsyncGenerator<number, T>,
  progress: Progress,
): AsyncGenerator<TrainProgress, T> {
  let step = await work.next()
  for (; !step.done; step = await work.next()) yield progress.advance(step.value)
  return step.value
}
