import type { Tensor } from '../../merge/index.ts'
import type { Value } from '../graph/index.ts'
import { computedInputs } from '../graph/topological-order.ts'
import type { Executable, Runtime } from '../runtime/runtime.ts'

/** Feeds by input name; what a graph does not ask for is left out. */
export type Feeds = Readonly<Record<string, Float32Array | Int32Array>>

interface Compiled {
  readonly executable: Executable
  readonly inputs: ReadonlySet<string>
}

/** Graphs that are compiled when they are first run. */
export interface Graphs {
  /** Runs the graph of this key, which `build` describes. Not to be overlapped. */
  run(key: string, build: () => Record<string, Value>, feeds: Feeds): Promise<Record<string, Tensor>>
  /** Frees the graphs whose key starts so: each holds the backbone's weights. */
  release(prefix: string): Promise<void>
}

/** Executables by key: every graph is built and compiled when it is first run. */
export class CompiledGraphs implements Graphs {
  readonly #runtime: Runtime
  readonly #threads: number | undefined
  readonly #most: number
  /** The one used last at the end. */
  readonly #compiled = new Map<string, Compiled>()

  /** @param most - so many are kept, those used last. @default all */
  constructor(runtime: Runtime, threads?: number, most = Infinity) {
    this.#runtime = runtime
    this.#threads = threads
    this.#most = most
  }

  async run(key: string, build: () => Record<string, Value>, feeds: Feeds): Promise<Record<string, Tensor>> {
    const compiled = this.#compiled.get(key) ?? (await this.#compile(key, build()))
    this.#compiled.delete(key)
    this.#compiled.set(key, compiled)
    const { executable, inputs } = compiled
    return executable.run(Object.fromEntries(Object.entries(feeds).filter(([name]) => inputs.has(name))))
  }

  async release(prefix: string): Promise<void> {
    const released = [...this.#compiled].filter(([key]) => key.startsWith(prefix))
    for (const [key] of released) this.#compiled.delete(key)
    await Promise.all(released.map(([, { executable }]) => executable.dispose()))
  }

  /** The same graphs under keys of their own, so that another model's do not meet these. */
  under(scope: string): Graphs {
    return {
      run: (key, build, feeds) => this.run(`${scope} ${key}`, build, feeds),
      release: (prefix) => this.release(`${scope} ${prefix}`),
    }
  }

  dispose(): Promise<void> {
    return this.release('')
  }

  async #compile(key: string, outputs: Record<string, Value>): Promise<Compiled> {
    const options = this.#threads === undefined ? {} : { threads: this.#threads }
    const executable = await this.#runtime.compile(outputs, options)
    const compiled = { executable, inputs: inputNames(Object.values(outputs)) }
    this.#compiled.set(key, compiled)
    if (this.#compiled.size > this.#most) await this.#releaseOldest()
    return compiled
  }

  async #releaseOldest(): Promise<void> {
    const [key, { executable }] = this.#compiled.entries().next().value!
    this.#compiled.delete(key)
    await executable.dispose()
  }
}

/** Of what is computed: what only derivatives need is no input of an executable. */
function inputNames(outputs: readonly Value[]): Set<string> {
  const names = new Set<string>()
  const seen = new Set<Value>(outputs)
  for (const value of seen) {
    if (value.op === 'input') names.add(value.name!)
    for (const input of computedInputs(value)) seen.add(input)
  }
  return names
}
