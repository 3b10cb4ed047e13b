import type { GraphHooks } from '../backbone.ts'
import { add, gather, matmul, mul, reshape, scalar, scaled, tanh } from '../../graph/index.ts'
import type { Value } from '../../graph/index.ts'
import { attention } from '../attention.ts'
import { causalBias, maskBias } from '../mask-bias.ts'
import { lastToken, lastTokenMask } from '../pool-tokens.ts'
import { overRootMeanSquare } from '../root-mean-square.ts'
import type { LlamaConfig } from './llama-config.ts'
import { hasBias, llamaLayer } from './llama-parameters.ts'
import type { LlamaPrefix } from './llama-parameters.ts'
import { rotate, rotation } from './rotary-embedding.ts'
import type { Rotation } from './rotary-embedding.ts'

/** What makes one Llama out of the family. */
export interface LlamaShape {
  readonly config: LlamaConfig
  readonly prefix: LlamaPrefix
}

/** Rows that look at others: how they are turned, and what is added to their scores. */
interface Queries {
  readonly rotation: Rotation
  readonly bias: Value
}

/** What every part of the graph needs. Hidden states are kept as (batch · length, hidden), the form a matmul wants. */
interface Context extends LlamaShape {
  readonly hooks: GraphHooks
  readonly mask: Value
  readonly keyRotation: Rotation
  readonly all: Queries
}

/**
 * The decoder: token embeddings, layers of causal attention and a gated perceptron, final norm.
 *
 * Shapes: tokens (batch, length) i32, mask (batch, length), 1 for a token and 0 for filling behind it → (batch · length, hidden);
 * with `lastOnly` the last layer computes the last token of every text alone → (batch, hidden).
 *
 * @see transformers, LlamaModel; Touvron et al., arXiv:2302.13971
 */
export function llamaHidden(
  shape: LlamaShape,
  tokens: Value,
  mask: Value,
  hooks: GraphHooks,
  lastOnly = false,
): Value {
  const context = contextOf(shape, mask, hooks)
  let hidden = embed(context, tokens)
  for (let layer = 0; layer < shape.config.num_hidden_layers; layer++) {
    const last = layer === shape.config.num_hidden_layers - 1
    hidden = decoderLayer(context, llamaLayer(shape.prefix, layer), hidden, lastOnly && last)
  }
  return rmsNorm(context, `${shape.prefix}norm`, hidden)
}

function contextOf(shape: LlamaShape, mask: Value, hooks: GraphHooks): Context {
  const length = mask.shape[1]!
  const keyRotation = rotation(shape.config, length)
  const bias = add(maskBias(mask), causalBias(length)) // (batch, 1, length, length)
  return { ...shape, hooks, mask, keyRotation, all: { rotation: keyRotation, bias } }
}

function embed({ config, prefix, hooks }: Context, tokens: Value): Value {
  return reshape(gather(hooks.weight(`${prefix}embed_tokens.weight`), tokens), [-1, config.hidden_size])
}

function decoderLayer(context: Context, layer: string, hidden: Value, lastOnly: boolean): Value {
  const normed = rmsNorm(context, `${layer}input_layernorm`, hidden)
  const kept = lastOnly ? lastToken(hidden, context.mask) : hidden
  const attended = add(selfAttention(context, `${layer}self_attn.`, normed, lastOnly), kept)
  const inner = rmsNorm(context, `${layer}post_attention_layernorm`, attended)
  const gate = silu(project(context, `${layer}mlp.gate_proj`, inner))
  const wide = mul(gate, project(context, `${layer}mlp.up_proj`, inner))
  return add(project(context, `${layer}mlp.down_proj`, wide), attended)
}

/** Causal attention of all tokens, or of the last one alone, over all tokens. */
function selfAttention(context: Context, name: string, normed: Value, lastOnly: boolean): Value {
  const { config, mask, keyRotation } = context
  const from = lastOnly ? lastToken(normed, mask) : normed
  const queries = lastOnly ? lastQueries(context) : context.all
  const query = rotate(project(context, `${name}q_proj`, from), queries.rotation)
  const key = rotate(project(context, `${name}k_proj`, normed), keyRotation)
  const value = project(context, `${name}v_proj`, normed)
  const mixed = attention(query, key, value, {
    batch: mask.shape[0]!,
    heads: config.num_attention_heads,
    keyHeads: config.num_key_value_heads,
    bias: queries.bias,
  })
  return project(context, `${name}o_proj`, mixed)
}

/** The last token of every text: turned by its own position, looking at all tokens of its text. */
function lastQueries({ mask, keyRotation: { cos, sin } }: Context): Queries {
  const at = lastTokenMask(mask) // (batch, length)
  return { rotation: { cos: matmul(at, cos), sin: matmul(at, sin) }, bias: maskBias(mask) }
}

function project({ config, hooks }: Context, name: string, x: Value): Value {
  const bias = hasBias(config, name) ? hooks.weight(`${name}.bias`) : undefined
  return hooks.linear(name, x, hooks.weight(`${name}.weight`), bias)
}

/** x / √(mean(x²) + ε) · weight, over the last axis. */
function rmsNorm({ config, hooks }: Context, name: string, x: Value): Value {
  return mul(overRootMeanSquare(x, config.rms_norm_eps), hooks.weight(`${name}.weight`))
}

/** x / (1 + e⁻ˣ), as ½ x (1 + tanh ½x): nothing overflows, in the slope either. */
function silu(x: Value): Value {
  const half = scaled(x, 0.5)
  return mul(half, add(scalar(1), tanh(half)))
}
