import { attention } from '../attention.ts'
import type { GraphHooks, GraphOptions } from '../backbone.ts'
import {
  add,
  broadcastTo,
  concat,
  gelu,
  layerNorm,
  linear,
  reshape,
  slice,
  transpose,
} from '../../graph/index.ts'
import type { Value } from '../../graph/index.ts'
import type { VitConfig } from './vit-config.ts'
import { hasBias, vitLayer } from './vit-parameters.ts'
import type { LeadingTokens, VitPrefix, VitShape } from './vit-parameters.ts'

/** What every part of the graph needs. Hidden states are kept as (batch · tokens, hidden), the form a matmul wants. */
interface Context {
  readonly config: VitConfig
  readonly prefix: VitPrefix
  readonly leading: LeadingTokens
  readonly hooks: GraphHooks
  readonly batch: number
  readonly tokens: number
}

/**
 * The pre-norm vision transformer: patch and position embeddings, encoder layers, final layernorm, class token; DeiT
 * has a second token before the patches.
 *
 * Shapes: pixels (batch, 3, side, side), side a multiple of the patch → (batch, hidden).
 *
 * @see transformers, ViTModel and DeiTModel; Dosovitskiy et al., arXiv:2010.11929; Touvron et al., arXiv:2012.12877
 */
export function vitGraph(
  { config, prefix, leading }: VitShape,
  pixels: Value,
  hooks: GraphHooks,
  { prune = false }: GraphOptions = {},
): Value {
  const [batch = 0, , side = 0] = pixels.shape
  const grid = side / config.patch_size
  const tokens = leading.length + grid * grid
  const context: Context = { config, prefix, leading, hooks, batch, tokens }

  let hidden = embed(context, pixels, grid) // (batch · tokens, hidden)
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const last = layer === config.num_hidden_layers - 1
    hidden = encoderLayer(context, vitLayer(prefix, layer), hidden, prune && last)
  }
  const rows = hidden.shape[0]! / batch
  return norm(context, `${prefix}layernorm`, rows === 1 ? hidden : firstToken(context, hidden)) // (batch, hidden)
}

function embed(context: Context, pixels: Value, grid: number): Value {
  const { config, prefix, leading, hooks, batch, tokens } = context
  const { hidden_size: width, patch_size: patch, num_channels: channels } = config
  const projection = `${prefix}embeddings.patch_embeddings.projection`
  const size = channels * patch * patch

  const cells = reshape(pixels, [batch, channels, grid, patch, grid, patch])
  const patches = reshape(transpose(cells, [0, 2, 4, 1, 3, 5]), [batch * grid * grid, size])
  const kernel = reshape(hooks.weight(`${projection}.weight`), [width, size])
  const embedded = linear(patches, kernel, hooks.weight(`${projection}.bias`)) // (batch · patches, hidden)

  const lead = leading.map((token) =>
    broadcastTo(hooks.weight(`${prefix}embeddings.${token}`), [batch, 1, width]),
  )
  const sequence = concat([...lead, reshape(embedded, [batch, grid * grid, width])], 1)
  const placed = add(sequence, hooks.weight(`${prefix}embeddings.position_embeddings`))
  return reshape(placed, [batch * tokens, width])
}

function encoderLayer(context: Context, layer: string, hidden: Value, classOnly: boolean): Value {
  const normed = norm(context, `${layer}layernorm_before`, hidden)
  const queries = classOnly ? firstToken(context, normed) : normed
  const kept = classOnly ? firstToken(context, hidden) : hidden
  const attended = add(selfAttention(context, layer, queries, normed), kept)
  const inner = norm(context, `${layer}layernorm_after`, attended)
  const wide = gelu(project(context, `${layer}intermediate.dense`, inner))
  return add(project(context, `${layer}output.dense`, wide), attended)
}

/** Self-attention of all tokens, or of the class token alone, over all tokens. */
function selfAttention(context: Context, layer: string, from: Value, to: Value): Value {
  const { config, batch } = context
  const query = project(context, `${layer}attention.attention.query`, from)
  const key = project(context, `${layer}attention.attention.key`, to)
  const value = project(context, `${layer}attention.attention.value`, to)
  const mixed = attention(query, key, value, { batch, heads: config.num_attention_heads })
  return project(context, `${layer}attention.output.dense`, mixed)
}

function project({ config, hooks }: Context, name: string, x: Value): Value {
  const bias = hasBias(config, name) ? hooks.weight(`${name}.bias`) : undefined
  return hooks.linear(name, x, hooks.weight(`${name}.weight`), bias)
}

function norm({ config, hooks }: Context, name: string, x: Value): Value {
  return layerNorm(x, hooks.weight(`${name}.weight`), hooks.weight(`${name}.bias`), config.layer_norm_eps)
}

/** (batch · tokens, hidden) → (batch, hidden) */
function firstToken({ batch, tokens, config }: Context, x: Value): Value {
  const sequence = reshape(x, [batch, tokens, config.hidden_size])
  return reshape(slice(sequence, [0, 0, 0], [batch, 1, config.hidden_size]), [batch, config.hidden_size])
}
