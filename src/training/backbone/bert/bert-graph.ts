import type { GraphHooks, GraphOptions } from '../backbone.ts'
import { add, gather, gelu, layerNorm, reshape, slice, sliceAxis } from '../../graph/index.ts'
import type { Value } from '../../graph/index.ts'
import { attention } from '../attention.ts'
import { maskBias } from '../mask-bias.ts'
import { meanOverTokens } from '../pool-tokens.ts'
import { overRootMeanSquare } from '../root-mean-square.ts'
import type { BertConfig } from './bert-config.ts'
import { bertLayer } from './bert-parameters.ts'
import type { BertPrefix } from './bert-parameters.ts'
import type { BertPooling } from './pooling.ts'

/** Of a mean square: what it adds to that of a real text cannot be seen in float32. */
const NO_DIVISION_BY_ZERO = 1e-12

/** What makes one BERT out of the family. */
export interface BertShape {
  readonly config: BertConfig
  readonly prefix: BertPrefix
  readonly pooling: BertPooling
  readonly normalized: boolean
}

/** What every part of the graph needs. Hidden states are kept as (batch · length, hidden), the form a matmul wants. */
interface Context {
  readonly config: BertConfig
  readonly prefix: BertPrefix
  readonly hooks: GraphHooks
  readonly batch: number
  readonly length: number
  /** Added to attention scores: 0 for a token, very negative for filling. (batch, 1, 1, length) */
  readonly bias: Value
}

/**
 * The post-norm text encoder: word, position and type embeddings (all types 0), encoder layers, pooling, and where the model has
 * it, the vector of a text at one length.
 *
 * Shapes: tokens (batch, length) i32, mask (batch, length), 1 for a token and 0 for filling → (batch, hidden).
 * A text without any token gives finite numbers that mean nothing (with mean pooling, 0).
 *
 * @see transformers, BertModel without pooler; Devlin et al., arXiv:1810.04805; poolings of sentence-transformers
 */
export function bertGraph(
  { config, prefix, pooling, normalized }: BertShape,
  tokens: Value,
  mask: Value,
  hooks: GraphHooks,
  { prune = false }: GraphOptions = {},
): Value {
  const [batch = 0, length = 0] = tokens.shape
  const context: Context = { config, prefix, hooks, batch, length, bias: maskBias(mask) }
  let hidden = embed(context, tokens) // (batch · length, hidden)
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const last = layer === config.num_hidden_layers - 1
    hidden = encoderLayer(context, bertLayer(prefix, layer), hidden, prune && last && pooling === 'cls')
  }
  const pooled = pooling === 'mean' ? meanOverTokens(hidden, mask) : firstOfAll(context, hidden) // (batch, hidden)
  return normalized ? overRootMeanSquare(pooled, NO_DIVISION_BY_ZERO) : pooled
}

/** Where the last layer was pruned there is nothing else. (batch, hidden) */
function firstOfAll(context: Context, hidden: Value): Value {
  return hidden.shape[0] === context.batch ? hidden : firstToken(context, hidden)
}

function embed(context: Context, tokens: Value): Value {
  const { config, prefix, hooks, batch, length } = context
  const table = (name: string): Value => hooks.weight(`${prefix}embeddings.${name}_embeddings.weight`)
  const places = add(sliceAxis(table('position'), 0, 0, length), sliceAxis(table('token_type'), 0, 0, 1)) // (length, hidden)
  const placed = add(gather(table('word'), tokens), places) // (batch, length, hidden)
  return norm(context, `${prefix}embeddings.LayerNorm`, reshape(placed, [batch * length, config.hidden_size]))
}

function encoderLayer(context: Context, layer: string, hidden: Value, firstOnly: boolean): Value {
  const kept = firstOnly ? firstToken(context, hidden) : hidden
  const attended = norm(
    context,
    `${layer}attention.output.LayerNorm`,
    add(selfAttention(context, layer, kept, hidden), kept),
  )
  const wide = gelu(project(context, `${layer}intermediate.dense`, attended))
  return norm(
    context,
    `${layer}output.LayerNorm`,
    add(project(context, `${layer}output.dense`, wide), attended),
  )
}

/** Self-attention of all tokens, or of the first token alone, over all tokens. */
function selfAttention(context: Context, layer: string, from: Value, to: Value): Value {
  const { config, batch, bias } = context
  const query = project(context, `${layer}attention.self.query`, from)
  const key = project(context, `${layer}attention.self.key`, to)
  const value = project(context, `${layer}attention.self.value`, to)
  const mixed = attention(query, key, value, { batch, heads: config.num_attention_heads, bias })
  return project(context, `${layer}attention.output.dense`, mixed)
}

function project({ hooks }: Context, name: string, x: Value): Value {
  return hooks.linear(name, x, hooks.weight(`${name}.weight`), hooks.weight(`${name}.bias`))
}

function norm({ config, hooks }: Context, name: string, x: Value): Value {
  return layerNorm(x, hooks.weight(`${name}.weight`), hooks.weight(`${name}.bias`), config.layer_norm_eps)
}

/** (batch · length, hidden) → (batch, hidden) */
function firstToken({ batch, length, config }: Context, x: Value): Value {
  const sequence = reshape(x, [batch, length, config.hidden_size])
  return reshape(slice(sequence, [0, 0, 0], [batch, 1, config.hidden_size]), [batch, config.hidden_size])
}
