export class AdamW {
  readonly #values: ReadonlyMap<string, Float32Array>
  readonly #m = new Map<string, Float32Array>()
  readonly #v = new Map<string, Float32Array>()
  readonly #o: { learningRate: number; weightDecay: number }
  #t = 0
  constructor(values: ReadonlyMap<string, Float32Array>, o: { learningRate: number; weightDecay: number }) {
    this.#values = values
    this.#o = o
    for (const [n, v] of values) {
      this.#m.set(n, new Float32Array(v.length))
      this.#v.set(n, new Float32Array(v.length))
    }
  }
  step(grads: ReadonlyMap<string, Float32Array>): void {
    this.#t++
    const lr = this.#o.learningRate
    for (const [n, w] of this.#values) {
      const g = grads.get(n)!,
        m = this.#m.get(n)!,
        v = this.#v.get(n)!
      const c1 = 1 - 0.9 ** this.#t,
        c2 = 1 - 0.999 ** this.#t
      for (let i = 0; i < w.length; i++) {
        m[i] = 0.9 * m[i]! + 0.1 * g[i]!
        v[i] = 0.999 * v[i]! + 0.001 * g[i]! * g[i]!
        w[i]! -= lr * (m[i]! / c1 / (Math.sqrt(v[i]! / c2) + 1e-8) + this.#o.weightDecay * w[i]!)
      }
    }
  }
}
