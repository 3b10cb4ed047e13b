import * as g from '../src/training/graph/index.ts'
import type { Value } from '../src/training/graph/index.ts'
import type { Feeds } from '../src/training/runtime/runtime.ts'
import type { BenchCase } from './bench-cases.ts'

export interface BenchModel {
  readonly outputs: Readonly<Record<string, Value>>
  readonly feeds: Feeds
}

/** Loss and gradients of one training step, with random weights and data. */
export function benchModel(bench: BenchCase): BenchModel {
  return new Builder(bench).build()
}

class Builder {
  readonly #case: BenchCase
  readonly #feeds: Record<string, Float32Array | Int32Array> = {}
  readonly #trained: Value[] = []
  #seed = 1

  constructor(bench: BenchCase) {
    this.#case = bench
  }

  build(): BenchModel {
    const { layers, width, classes, batch, imageSize, preNorm } = this.#case
    let x = imageSize > 0 ? this.#imageInput() : this.#textInput()
    for (let i = 0; i < layers; i++) x = this.#layer(x, `layer.${i}`)
    if (preNorm) x = this.#norm(x)
    const pooled = imageSize > 0 ? this.#firstToken(x) : g.mean(x, [1])
    const logits = g.linear(
      pooled,
      this.#trainable('classifier.weight', [classes, width]),
      this.#trainable('classifier.bias', [classes]),
    )
    const labels = this.#fed(
      'labels',
      [batch],
      Int32Array.from({ length: batch }, (_, i) => i % classes),
    )
    const loss = g.crossEntropy(logits, labels)
    const slopes = g.gradients(loss, this.#trained)
    const named = this.#trained.map((value, i) => [`gradient/${value.name!}`, slopes[i]!] as const)
    return { outputs: { loss, ...Object.fromEntries(named) }, feeds: this.#feeds }
  }

  #textInput(): Value {
    const { batch, tokens, vocabulary, width } = this.#case
    const ids = this.#fed(
      'ids',
      [batch, tokens],
      Int32Array.from({ length: batch * tokens }, (_, i) => (i * 7919) % vocabulary),
    )
    const words = g.gather(this.#frozen([vocabulary, width]), ids)
    return this.#norm(g.add(words, this.#frozen([tokens, width])))
  }

  #imageInput(): Value {
    const { batch, imageSize, patch, width } = this.#case
    const side = imageSize / patch
    const pixels = this.#fed(
      'pixels',
      [batch, 3, imageSize, imageSize],
      this.#noise(batch * 3 * imageSize ** 2, 1),
    )
    const grid = g.reshape(pixels, [batch, 3, side, patch, side, patch])
    const patches = g.reshape(g.transpose(grid, [0, 2, 4, 1, 3, 5]), [batch, side * side, 3 * patch * patch])
    const embedded = this.#linear(patches, width)
    const token = g.broadcastTo(this.#frozen([1, 1, width]), [batch, 1, width])
    return g.add(g.concat([token, embedded], 1), this.#frozen([side * side + 1, width]))
  }

  #firstToken(x: Value): Value {
    const [batch, , width] = x.shape as [number, number, number]
    return g.reshape(g.sliceAxis(x, 1, 0, 1), [batch, width])
  }

  #layer(x: Value, name: string): Value {
    if (this.#case.preNorm) {
      const attended = g.add(x, this.#attention(this.#norm(x), name))
      return g.add(attended, this.#mlp(this.#norm(attended), name))
    }
    const attended = this.#norm(g.add(x, this.#attention(x, name)))
    return this.#norm(g.add(attended, this.#mlp(attended, name)))
  }

  #attention(x: Value, name: string): Value {
    const { width, heads, everywhere } = this.#case
    const [batch, tokens] = x.shape as [number, number]
    const split = (part: string, adapted: boolean): Value => {
      const y = this.#linear(x, width, adapted ? `${name}.${part}` : undefined)
      return g.transpose(g.reshape(y, [batch, tokens, heads, width / heads]), [0, 2, 1, 3])
    }
    const q = split('query', true)
    const k = split('key', everywhere)
    const v = split('value', true)
    const shares = g.softmax(g.matmul(q, k, { transposeB: true, scale: 1 / Math.sqrt(width / heads) }))
    const context = g.reshape(g.transpose(g.matmul(shares, v), [0, 2, 1, 3]), [batch, tokens, width])
    return this.#linear(context, width, everywhere ? `${name}.output` : undefined)
  }

  #mlp(x: Value, name: string): Value {
    const { width, everywhere } = this.#case
    const up = this.#linear(x, 4 * width, everywhere ? `${name}.up` : undefined)
    return this.#linear(g.gelu(up), width, everywhere ? `${name}.down` : undefined)
  }

  #norm(x: Value): Value {
    const { width } = this.#case
    const ones = g.constant(new Float32Array(width).fill(1), [width])
    return g.layerNorm(x, ones, g.constant(new Float32Array(width), [width]), 1e-6)
  }

  #linear(x: Value, out: number, adapter?: string): Value {
    const inner = x.shape.at(-1)!
    const weight = this.#frozen([out, inner])
    const bias = this.#frozen([out])
    if (adapter === undefined) return g.linear(x, weight, bias)
    const { rank, trainsA } = this.#case
    const a = trainsA ? this.#trainable(`${adapter}.a`, [rank, inner]) : this.#frozen([rank, inner])
    const b = this.#trainable(`${adapter}.b`, [out, rank])
    return g.lowRankLinear(x, weight, bias, { a, b, scale: 2 })
  }

  #trainable(name: string, shape: readonly number[]): Value {
    const value = this.#fed(name, shape, this.#noise(g.sizeOf(shape), 0.02))
    this.#trained.push(value)
    return value
  }

  #fed(name: string, shape: readonly number[], data: Float32Array | Int32Array): Value {
    this.#feeds[name] = data
    return g.input(name, shape, data instanceof Float32Array ? 'f32' : 'i32')
  }

  #frozen(shape: readonly number[]): Value {
    return g.constant(this.#noise(g.sizeOf(shape), 0.02), shape)
  }

  /** Numbers with the given deviation that look random enough for a benchmark. */
  #noise(length: number, deviation: number): Float32Array {
    let state = this.#seed++
    return Float32Array.from({ length }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return (state / 2 ** 32 - 0.5) * Math.sqrt(12) * deviation
    })
  }
}
