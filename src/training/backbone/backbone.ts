import type { TargetModule, TensorMap } from '../../merge/index.ts'
import type { Value } from '../graph/index.ts'
import type { Preprocessing } from './vit/preprocessing.ts'

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
  /** Width of the classifier's input. */
  readonly features: number
  /** Side in pixels for which the position embeddings were trained. */
  readonly imageSize: number
  readonly preprocessing: Preprocessing
  /** All linear layers that can carry an adapter, in the order in which the graph meets them. */
  readonly linears: readonly TargetModule[]
  /** @throws BackboneError - the backbone cannot work at this image size */
  parameters(imageSize: number): ReadonlyMap<string, readonly number[]>
  /** Reads all parameters, as the graph of that image size needs them. @throws BackboneError */
  load(imageSize: number): TensorMap
  /** pixels (batch, 3, side, side), normalised → classifier inputs (batch, features). */
  graph(pixels: Value, hooks: GraphHooks, options?: GraphOptions): Value
}
