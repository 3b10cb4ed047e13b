import type { TargetModule, TensorMap } from '../../merge/index.ts'
import type { Value } from '../graph/index.ts'
import type { Modality, SampleFormat } from '../data/samples.ts'

/**
 * A batch inside a graph, by name. Its extent is the side of an image in pixels, or the number of tokens of a (padded) text.
 *
 *   image   `pixels` (batch, 3, side, side), normalised
 *   text    `tokens` (batch, length) i32, `mask` (batch, length): 1 for a token, 0 for filling
 */
export type GraphInputs = ReadonlyMap<string, Value>

/** What a family's graph asks of its surroundings while it is built. */
export interface GraphHooks {
  /**
   * The parameter of this name as a value. A constant freezes it; an `input` (of the shape in `parameters`) makes it
   * trainable: this is the door for pretraining a backbone from random weights.
   */
  weight(name: string): Value
  /** A linear layer, y = x Wᵀ + b with whatever is added to it: x (rows, in), weight (out, in) → (rows, out). */
  linear(module: string, x: Value, weight: Value, bias: Value | undefined): Value
}

export interface GraphOptions {
  /**
   * Let the last layer compute only what the classifier's input needs. Same features, less work; the last layer's linears
   * then see fewer rows, so statistics over all rows need `false`. @default false
   */
  readonly prune?: boolean
}

/** A pretrained transformer of one family, described by its config; weights are read on demand. */
export interface Backbone {
  readonly dir: string
  readonly family: string
  readonly modality: Modality
  /** Width of the classifier's input. */
  readonly features: number
  /** The extent that it was made for: the side of an image in pixels, or the most tokens of a text. */
  readonly extent: number
  /** How hidden states become the classifier's input: that of the first or the last token, or the mean of all. */
  readonly pooling: 'cls' | 'mean' | 'last'
  /** Whether that is scaled to length √features, as a last layer of the model itself. */
  readonly normalized: boolean
  /** All linear layers that can carry an adapter, in the order in which the graph meets them. */
  readonly linears: readonly TargetModule[]
  /** Patterns of the layers that carry adapters unless a charter names others. */
  readonly defaultTargets: readonly string[]
  /** Names and shapes of everything that the graph asks for. @throws BackboneError - the backbone cannot work at this extent */
  parameters(extent: number): ReadonlyMap<string, readonly number[]>
  /** Reads all parameters, as the graph of that extent needs them. @throws BackboneError */
  load(extent: number): TensorMap
  /** Classifier inputs of a batch: (batch, features). */
  graph(inputs: GraphInputs, hooks: GraphHooks, options?: GraphOptions): Value
  /** How samples become records, and records the inputs of a graph of at most this extent. @throws BackboneError */
  format(extent: number): Promise<SampleFormat>
}
