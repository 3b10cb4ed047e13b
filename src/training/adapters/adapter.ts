import type { TargetModule, Tensor, TensorMap } from '../../merge/index.ts'
import type { LowRank, Value } from '../graph/index.ts'

/** What the optimizer changes: a name in the graph and a shape. */
export interface Parameter {
  readonly name: string
  readonly shape: readonly number[]
}

/** Values of trained parameters by name. */
export type Parameters = ReadonlyMap<string, Float32Array>

/** Entries `from` … `to` − 1 of a parameter. */
export interface ParameterRange {
  readonly parameter: string
  readonly from: number
  readonly to: number
}

/** A part of a module's adapter that can be trained while the others stay as they are: a head of ravan. */
export interface AdapterPart {
  /** Wire name of what it contributes. */
  readonly name: string
  /** What training it changes. */
  readonly trains: readonly ParameterRange[]
  /** What travels, up to factors that are 1 at the start of training: its size and its slope say how much the part matters. */
  readonly weighed: ParameterRange
}

/** Which of A G Aᵀ travels: a block for each trained part, or all of it. The same for a kind without parts. */
export type Projection = 'projected' | 'joint'

/** How a kind of adapter is said as plain LoRA: delta(x) = scale · B A x, scale = alpha / rank, or alpha / √rank. */
export interface LoraForm {
  readonly rank: number
  readonly alpha: number
  readonly scaling: 'standard' | 'rslora'
}

/** a (rank, in), b (out, rank) of that form. */
export interface LoraFactors {
  readonly a: Tensor
  readonly b: Tensor
}

/** The adapter on one linear layer inside a graph. */
export interface AttachedAdapter {
  /** The layer with its adapter, x Wᵀ + b + delta(x): x (rows, in), weight (out, in) → (rows, out). */
  linear(x: Value, weight: Value, bias: Value | undefined): Value
  /**
   * Statistics of this batch by output name. `mask` (rows, 1) is 1 for the rows of an image, 0 for filling. Summed over batches
   * they are what `grams` packs. None where A is trained, unless `aStays`.
   */
  statistics(x: Value, mask: Value, aStays: boolean): ReadonlyMap<string, Value>
}

/** One that adds a product of two thin factors: delta(x) = scale · (x aᵀ) bᵀ. */
export interface AttachedLowRank extends AttachedAdapter {
  readonly factors: LowRank
}

/**
 * One kind of adapter on one linear layer: what is trained, how it enters the graph, and how it travels. Kinds differ in how they
 * parametrise what travels (ravan trains s and H and sends their product), so conversion goes both ways.
 */
export interface ModuleAdapter {
  readonly module: TargetModule
  readonly parameters: readonly Parameter[]
  /** Names of those that are given to training and that it never moves. @default none */
  readonly given?: readonly string[]
  /** What a site with a small budget may train alone; empty for a kind that is trained as a whole. */
  readonly parts: readonly AdapterPart[]
  /** Values at the start of training: of a merge's tensors, or without one of the charter. */
  start(wire: TensorMap | null): Parameters
  /** The tensors that travel. */
  wire(parameters: Parameters): TensorMap
  attach(parameter: (name: string) => Value): AttachedAdapter
  /**
   * Packs sums of `statistics` over all batches into `gram/<module>`; empty for a kind that has none.
   *
   * @param parts - those that were trained, ascending; only they get a row of the projected form
   */
  grams(sums: ReadonlyMap<string, Float64Array>, parts: readonly number[], projection: Projection): TensorMap
}

/** A kind that peers send to each other, all of which can be said as plain LoRA. */
export interface LowRankAdapter extends ModuleAdapter {
  attach(parameter: (name: string) => Value): AttachedLowRank
  readonly loraForm: LoraForm
  /** What travels, as plain LoRA: the same delta, but for rounding to float32. */
  toLora(wire: TensorMap): LoraFactors
  /**
   * The reverse.
   *
   * @throws AdapterFormError - these factors cannot be said in what this adapter trains
   */
  fromLora(factors: LoraFactors): TensorMap
}
