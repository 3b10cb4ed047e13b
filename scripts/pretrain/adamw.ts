import type { Tensor, TensorMap } from '../../src/merge/index.ts'

const BETA1 = 0.9
const BETA2 = 0.98
const EPSILON = 1e-8

export interface AdamWOptions {
  /** Taken from matrices only, relative to the learning rate. */
  readonly weightDecay: number
  /** Longest gradient; longer ones are shortened to it. */
  readonly maxNorm: number
}

/**
 * AdamW with clipping, for parameters that stay where they are: `step` changes their data in place.
 *
 * @see Loshchilov & Hutter, arXiv:1711.05101
 */
export class AdamW {
  readonly #parameters: TensorMap
  readonly #options: AdamWOptions
  readonly #first: ReadonlyMap<string, Float32Array>
  readonly #second: ReadonlyMap<string, Float32Array>
  #steps = 0

  constructor(parameters: TensorMap, options: AdamWOptions) {
    const zeros = ([name, { data }]: [string, Tensor]): [string, Float32Array] => [
      name,
      new Float32Array(data.length),
    ]
    this.#parameters = parameters
    this.#options = options
    this.#first = new Map([...parameters].map(zeros))
    this.#second = new Map([...parameters].map(zeros))
  }

  /** Returns the norm of the gradient before clipping. */
  step(gradient: (name: string) => Float32Array, learningRate: number): number {
    this.#steps++
    let squares = 0
    for (const name of this.#parameters.keys()) {
      for (const value of gradient(name)) squares += value * value
    }
    const norm = Math.sqrt(squares)
    const clip = Math.min(1, this.#options.maxNorm / norm)
    for (const [name, { shape, data }] of this.#parameters) {
      const decay = shape.length > 1 ? this.#options.weightDecay : 0
      this.#update(data, gradient(name), name, clip, learningRate, decay)
    }
    return norm
  }

  #update(
    data: Float32Array,
    slope: Float32Array,
    name: string,
    clip: number,
    rate: number,
    decay: number,
  ): void {
    const first = this.#first.get(name)!
    const second = this.#second.get(name)!
    const correction1 = 1 - BETA1 ** this.#steps
    const correction2 = 1 - BETA2 ** this.#steps
    for (let i = 0; i < data.length; i++) {
      const g = slope[i]! * clip
      first[i] = BETA1 * first[i]! + (1 - BETA1) * g
      second[i] = BETA2 * second[i]! + (1 - BETA2) * g * g
      const direction = first[i]! / correction1 / (Math.sqrt(second[i]! / correction2) + EPSILON)
      data[i]! -= rate * (direction + decay * data[i]!)
    }
  }
}
