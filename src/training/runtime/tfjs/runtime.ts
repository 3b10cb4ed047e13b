import type * as tf from '@tensorflow/tfjs-core'
import type { Tensor } from '../../../merge/index.ts'
import { computedInputs } from '../../graph/topological-order.ts'
import type { Value } from '../../graph/value.ts'
import { isOp } from '../../graph/value.ts'
import type { Program } from '../program.ts'
import { checkFeeds, DisposedError, programOf } from '../program.ts'
import type { Executable, Feeds, RunOptions, Runtime } from '../runtime.ts'
import { usesOf } from '../uses.ts'
import type { TfjsBackend } from './backend.ts'
import { selectBackend } from './backend.ts'
import { evaluate, tensorOf } from './evaluate.ts'

export interface TfjsOptions {
  /** @default 'auto': tensorflow (the optional package tfjs-node) when it loads, else cpu (plain JavaScript) */
  readonly backend?: TfjsBackend | 'auto'
}

const NAMES = { auto: 'tfjs', tensorflow: 'tfjs-native', cpu: 'tfjs-js' } as const

/** Interprets graphs with TensorFlow.js operators; `threads` has no effect, its backends choose themselves. */
export function tfjsRuntime({ backend = 'auto' }: TfjsOptions = {}): Runtime {
  return {
    name: NAMES[backend],
    async compile(outputs): Promise<Executable> {
      return new TfjsExecutable(programOf(outputs), await selectBackend(backend))
    },
  }
}

class TfjsExecutable implements Executable {
  readonly #program: Program
  readonly #backend: TfjsBackend
  readonly #constants = new Map<Value, tf.Tensor>()
  readonly #uses: ReadonlyMap<Value, number>
  #disposed = false

  constructor(program: Program, backend: TfjsBackend) {
    this.#program = program
    this.#backend = backend
    this.#uses = usesOf(program)
    for (const value of program.order) {
      if (!isOp(value, 'constant')) continue
      this.#constants.set(value, tensorOf(value.attributes.data, value.shape, value.dtype))
    }
  }

  async run(feeds: Feeds, { signal }: RunOptions = {}): Promise<Record<string, Tensor>> {
    signal?.throwIfAborted()
    if (this.#disposed) throw new DisposedError('tfjs')
    checkFeeds(this.#program, feeds)
    await selectBackend(this.#backend)
    const live = new Map<Value, tf.Tensor>()
    try {
      const uses = new Map(this.#uses)
      for (const value of this.#program.order) {
        signal?.throwIfAborted()
        this.#step(value, feeds, live, uses)
      }
      return await this.#results(live)
    } finally {
      for (const tensor of live.values()) tensor.dispose()
    }
  }

  /** Computes one Value and frees the inputs that it was the last to use. */
  #step(value: Value, feeds: Feeds, live: Map<Value, tf.Tensor>, uses: Map<Value, number>): void {
    if (isOp(value, 'constant')) return
    if (isOp(value, 'input')) {
      live.set(value, tensorOf(feeds[value.attributes.name]!, value.shape, value.dtype))
      return
    }
    const inputs = computedInputs(value)
    live.set(
      value,
      evaluate(
        value,
        inputs.map((input) => this.#tensor(input, live)),
      ),
    )
    for (const input of inputs) {
      const left = uses.get(input)! - 1
      uses.set(input, left)
      if (left > 0) continue
      live.get(input)?.dispose()
      live.delete(input)
    }
  }

  #tensor(value: Value, live: ReadonlyMap<Value, tf.Tensor>): tf.Tensor {
    return (live.get(value) ?? this.#constants.get(value))!
  }

  async #results(live: ReadonlyMap<Value, tf.Tensor>): Promise<Record<string, Tensor>> {
    const results: Record<string, Tensor> = {}
    for (const [name, value] of this.#program.outputs) {
      const data = await this.#tensor(value, live).data<'float32'>()
      results[name] = { shape: value.shape, data: data.slice() } // the backend may hand out its own buffer
    }
    return results
  }

  dispose(): Promise<void> {
    this.#disposed = true
    for (const tensor of this.#constants.values()) tensor.dispose()
    this.#constants.clear()
    return Promise.resolve()
  }
}
