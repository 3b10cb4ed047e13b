import type { TrainProgress } from './types.ts'

/** Milliseconds of a clock that never goes back. */
export type Clock = () => number

/** Counts images of one phase and tells how fast they go, from its start. */
export class Progress {
  readonly #phase: TrainProgress['phase']
  readonly #total: number
  readonly #now: Clock
  readonly #started: number
  #done = 0

  constructor(phase: TrainProgress['phase'], total: number, now: Clock) {
    this.#phase = phase
    this.#total = total
    this.#now = now
    this.#started = now()
  }

  advance(images: number, loss?: number): TrainProgress {
    this.#done += images
    const elapsedMs = Math.max(this.#now() - this.#started, 1)
    return {
      phase: this.#phase,
      done: this.#done,
      total: this.#total,
      samplesPerSecond: (this.#done * 1000) / elapsedMs,
      ...(loss === undefined ? {} : { loss }),
    }
  }
}
