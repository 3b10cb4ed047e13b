import { PeermergeError, ShapeMismatchError } from '../../errors.ts'

export interface AdamWOptions {
  readonly learningRate: number
  /** Decay rate of the mean gradient. @default 0.9 */
  readonly beta1?: number
  /** Decay rate of the mean squared gradient. @default 0.999 */
  readonly beta2?: number
  /** Added to the root of the mean square. @default 1e-8 */
  readonly epsilon?: number
  /** Share of a parameter, times the learning rate, lost at each step. @default 0.01 */
  readonly weightDecay?: number
}

export type FlatTensors = ReadonlyMap<string, Float32Array>

/** Running means of a parameter's gradient and of its square. */
export interface Moments {
  readonly mean: Float32Array
  readonly square: Float32Array
}

export interface AdamWState {
  readonly steps: number
  readonly moments: ReadonlyMap<string, Moments>
}

/**
 * AdamW: Adam with weight decay that does not pass through the moments.
 *
 *   p ← (1 − η λ) p,  m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²
 *   p ← p − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)        t = 1, 2, 3 …
 *
 * Precision: state in f32, arithmetic in doubles; equals torch.optim.AdamW to rounding.
 *
 * @see Loshchilov and Hutter, Decoupled Weight Decay Regularization, arXiv:1711.05101
 */
export class AdamW {
  readonly #options: Required<AdamWOptions>
  readonly #moments = new Map<string, Moments>()
  #steps = 0

  constructor(options: AdamWOptions) {
    this.#options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, ...options }
  }

  /**
   * Moves every parameter in place by one step. Every parameter needs a gradient of its length, at every step.
   *
   * @param learningRate - of this step, for schedules; by default that of the options
   * @throws ShapeMismatchError, PeermergeError ERR_NOT_FINITE - a gradient is missing, of another length, or holds NaN or
   *   infinity; then nothing has changed
   */
  step(parameters: FlatTensors, gradients: FlatTensors, learningRate = this.#options.learningRate): void {
    for (const [name, parameter] of parameters) checkGradient(name, parameter, gradients.get(name))
    this.#steps += 1
    for (const [name, parameter] of parameters) {
      this.#update(parameter, gradients.get(name)!, this.#momentsOf(name, parameter.length), learningRate)
    }
  }

  /** Everything that the next step depends on besides the options; the arrays are the optimizer's own. */
  get state(): AdamWState {
    return { steps: this.#steps, moments: this.#moments }
  }

  /** Goes on from a state, of which it takes copies. */
  restore({ steps, moments }: AdamWState): void {
    this.#steps = steps
    this.#moments.clear()
    for (const [name, { mean, square }] of moments)
      this.#moments.set(name, { mean: mean.slice(), square: square.slice() })
  }

  #momentsOf(name: string, length: number): Moments {
    const known = this.#moments.get(name)
    if (known !== undefined) return known
    const fresh = { mean: new Float32Array(length), square: new Float32Array(length) }
    this.#moments.set(name, fresh)
    return fresh
  }

  #update(
    parameter: Float32Array,
    gradient: Float32Array,
    { mean, square }: Moments,
    learningRate: number,
  ): void {
    const { beta1, beta2, epsilon, weightDecay } = this.#options
    const keep = 1 - learningRate * weightDecay
    const rate = learningRate / (1 - beta1 ** this.#steps)
    const correction = Math.sqrt(1 - beta2 ** this.#steps)
    for (let i = 0; i < parameter.length; i++) {
      const g = gradient[i]!
      mean[i] = beta1 * mean[i]! + (1 - beta1) * g
      square[i] = beta2 * square[i]! + (1 - beta2) * g * g
      parameter[i] = keep * parameter[i]! - (rate * mean[i]!) / (Math.sqrt(square[i]!) / correction + epsilon)
    }
  }
}

function checkGradient(name: string, parameter: Float32Array, gradient: Float32Array | undefined): void {
  if (gradient?.length !== parameter.length) {
    throw new ShapeMismatchError(
      `gradient of ${name}`,
      [parameter.length],
      gradient === undefined ? [] : [gradient.length],
    )
  }
  const at = gradient.findIndex((entry) => !Number.isFinite(entry))
  if (at === -1) return
  const text = `gradient of ${name}: entry ${at} is ${gradient[at]}; lower the learning rate or look at the data`
  throw new PeermergeError('ERR_NOT_FINITE', text, { name, at })
}
