import type { Tensor } from '../../merge/index.ts'
import type { Value } from '../graph/value.ts'

export type Feeds = Readonly<Record<string, Float32Array | Int32Array>>

/** A compiled graph with its frozen data loaded. Runs must not overlap. */
export interface Executable {
  /**
   * Computes all outputs from the fed inputs, each a flat row-major array of exactly the declared size.
   *
   * @throws FeedError - an input is missing, unknown, of another type or size
   */
  run(feeds: Feeds, options?: RunOptions): Promise<Record<string, Tensor>>
  /** Frees native memory; a second call does nothing. */
  dispose(): Promise<void>
}

export interface RunOptions {
  /** Checked before and after the native call, which cannot be interrupted. */
  readonly signal?: AbortSignal
}

export interface CompileOptions {
  /** Threads of one operator. @default the runtime's own choice, the number of cores */
  readonly threads?: number
}

/** Something that executes graphs. */
export interface Runtime {
  readonly name: string
  /** @throws PeermergeError - an output is not f32, or two inputs share a name */
  compile(outputs: Readonly<Record<string, Value>>, options?: CompileOptions): Promise<Executable>
}
