import type { TargetModule, TensorMap } from '../../merge/index.ts'
import type { GraphHooks, GraphInputs } from '../backbone/backbone.ts'
import type { Value } from '../graph/index.ts'

/** A pretrained model of the next token, described by its config; weights are read on demand. */
export interface LanguageModel {
  readonly dir: string
  readonly family: string
  /** How many tokens there are. */
  readonly vocabulary: number
  /** Most tokens of a text. */
  readonly extent: number
  /** Tokens that end a text; none where the config names none. */
  readonly ends: readonly number[]
  /** All linear layers that can carry an adapter; the head among them, unless it is the table of token embeddings. */
  readonly linears: readonly TargetModule[]
  /** Patterns of the layers that carry adapters unless somebody names others. */
  readonly defaultTargets: readonly string[]
  /** Names and shapes of everything that the graph asks for. @throws BackboneError - too many tokens for it */
  parameters(extent: number): ReadonlyMap<string, readonly number[]>
  /** Reads all parameters. @throws BackboneError */
  load(extent: number): TensorMap
  /**
   * Hidden states after the final norm, of inputs as a text backbone takes them: (batch · length, hidden), or of the last token of every
   * text alone, (batch, hidden).
   */
  hidden(inputs: GraphInputs, hooks: GraphHooks, lastOnly: boolean): Value
  /** Scores of every token to come next: hidden states (rows, hidden) → (rows, vocabulary). */
  logits(rows: Value, hooks: GraphHooks): Value
}
