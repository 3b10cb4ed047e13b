export interface AdamWOptions {
  readonly learningRate: number
  /** Share of a parameter, times the learning rate, that every step takes away. */
  readonly weightDecay: number
}

const BETA1 = 0.9
const BETA2 = 0.999
const EPSILON = 1e-8

interface Slot {
  readonly values: Float32Array
  readonly mean: Float32Array
  readonly square: Float32Array
}

/**
 * Adam with decoupled weight decay, on flat arrays that it changes in place. With slope g at step t:
 *
 *   w ← w − η λ w      m ← β₁ m + (1 − β₁) g      v ← β₂ v + (1 − β₂) g²
 *   w ← w − η (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
 *
 * with η the learning rate, λ the weight decay, β₁ = 0.9, β₂ = 0.999, ε = 1e-8. State in float32, arithmetic in float64.
 *
 * @see torch.optim.AdamW; Loshchilov and Hutter, arXiv:1711.05101
 */
export class AdamW {
  readonly #options: AdamWOptions
  readonly #slots: ReadonlyMap<string, Slot>
  #step = 0

  constructor(parameters: ReadonlyMap<string, Float32Array>, options: AdamWOptions) {
    this.#options = options
    this.#slots = new Map([...parameters].map(([name, values]) => [name, slot(values)]))
  }

  /** One step along the slopes, which are those of all parameters by their names. */
  step(slopes: ReadonlyMap<string, Float32Array>): void {
    this.#step += 1
    for (const [name, parameter] of this.#slots) this.#update(parameter, slopes.get(name)!)
  }

  #update({ values, mean, square }: Slot, slopes: Float32Array): void {
    const { learningRate, weightDecay } = this.#options
    const kept = 1 - learningRate * weightDecay
    const rate = learningRate / (1 - BETA1 ** this.#step)
    const correction = 1 - BETA2 ** this.#step
    for (let i = 0; i < values.length; i++) {
      const slope = slopes[i]!
      const m = BETA1 * mean[i]! + (1 - BETA1) * slope
      const v = BETA2 * square[i]! + (1 - BETA2) * slope * slope
      mean[i] = m
      square[i] = v
      values[i] = kept * values[i]! - (rate * m) / (Math.sqrt(v / correction) + EPSILON)
    }
  }
}

function slot(values: Float32Array): Slot {
  return { values, mean: new Float32Array(values.length), square: new Float32Array(values.length) }
}
