export interface AdamWOptions {
  readonly learningRate: number
  /** Decoupled: every step also shrinks a weight by learningRate · weightDecay. */
  readonly weightDecay: number
  /** Decay rates of the first and second moment. @default [0.9, 0.999] */
  readonly betas?: readonly [number, number]
  /** @default 1e-8 */
  readonly epsilon?: number
}

interface Slot {
  readonly values: Float32Array
  /** First and second moment. */
  readonly m: Float32Array
  readonly v: Float32Array
}

/**
 * AdamW on flat arrays, changed in place.
 *
 *   m ← β₁ m + (1 − β₁) g        v ← β₂ v + (1 − β₂) g²
 *   w ← w − η λ w − η (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
 *
 * Precision: arithmetic in doubles, values and moments kept in float32.
 * Order: each entry by itself; the order of the arrays does not matter.
 * @see Loshchilov and Hutter, arXiv:1711.05101; the same steps as torch.optim.AdamW
 */
export class AdamW {
  readonly #slots: ReadonlyMap<string, Slot>
  readonly #options: Required<AdamWOptions>
  #steps = 0

  /** @param values - trained arrays by name; `step` writes into them */
  constructor(values: ReadonlyMap<string, Float32Array>, options: AdamWOptions) {
    this.#options = { betas: [0.9, 0.999], epsilon: 1e-8, ...options }
    this.#slots = new Map([...values].map(([name, array]) => [name, newSlot(array)]))
  }

  /** @param gradients - one for every trained array, of the same length */
  step(gradients: ReadonlyMap<string, Float32Array>): void {
    this.#steps += 1
    for (const [name, slot] of this.#slots) {
      const gradient = gradients.get(name)
      if (gradient?.length !== slot.values.length) {
        throw new RangeError(
          `gradient of ${name}: expected ${slot.values.length} entries, got ${gradient?.length ?? 'none'}`,
        )
      }
      this.#update(slot, gradient)
    }
  }

  #update({ values, m, v }: Slot, gradient: Float32Array): void {
    const { learningRate, weightDecay, betas, epsilon } = this.#options
    const [beta1, beta2] = betas
    const rate = learningRate / (1 - beta1 ** this.#steps)
    const scale = 1 / (1 - beta2 ** this.#steps)
    const keep = 1 - learningRate * weightDecay
    for (let i = 0; i < values.length; i++) {
      const g = gradient[i]!
      const first = beta1 * m[i]! + (1 - beta1) * g
      const second = beta2 * v[i]! + (1 - beta2) * g * g
      m[i] = first
      v[i] = second
      values[i] = values[i]! * keep - (rate * first) / (Math.sqrt(second * scale) + epsilon)
    }
  }
}

function newSlot(values: Float32Array): Slot {
  return { values, m: new Float32Array(values.length), v: new Float32Array(values.length) }
}
