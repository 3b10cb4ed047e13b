import {
  add,
  broadcastTo,
  concat,
  gelu,
  layerNorm,
  linear,
  matmul,
  reshape,
  slice,
  softmax,
  transpose,
} from '../../src/training/graph/index.ts'
import type { Value } from '../../src/training/graph/index.ts'
import { CONFIG } from './architecture.ts'

/** A parameter of the graph by its name in model.safetensors. */
export type Parameter = (name: string) => Value

export interface Encoded {
  /** (batch, hidden) */
  readonly classToken: Value
  /** (batch · kept, hidden) */
  readonly patchTokens: Value
}

const WIDTH = CONFIG.hidden_size

/**
 * The ViT of src/training/backbone on some of a picture's patches: dropping patches is augmentation, and cuts the cost of a
 * step. Gives all tokens, as the pretraining reads patches too.
 *
 * Shapes: patches (batch, kept, 3 · 8 · 8); selection (kept, all patches), one-hot rows naming the patches kept.
 *
 * @see Dosovitskiy et al., arXiv:2010.11929; dropping patches: He et al., arXiv:2111.06377
 */
export function encode(patches: Value, selection: Value, parameter: Parameter): Encoded {
  const [batch = 0, kept = 0] = patches.shape
  const tokens = kept + 1
  let hidden = embed(patches, selection, parameter) // (batch · tokens, hidden)
  for (let layer = 0; layer < CONFIG.num_hidden_layers; layer++) {
    hidden = encoderLayer(hidden, batch, `vit.encoder.layer.${layer}.`, parameter)
  }
  const normed = reshape(norm(hidden, 'vit.layernorm', parameter), [batch, tokens, WIDTH])
  return {
    classToken: reshape(slice(normed, [0, 0, 0], [batch, 1, WIDTH]), [batch, WIDTH]),
    patchTokens: reshape(slice(normed, [0, 1, 0], [batch, tokens, WIDTH]), [batch * kept, WIDTH]),
  }
}

function embed(patches: Value, selection: Value, parameter: Parameter): Value {
  const [batch = 0, kept = 0, numbers = 0] = patches.shape
  const projection = 'vit.embeddings.patch_embeddings.projection'
  const kernel = reshape(parameter(`${projection}.weight`), [WIDTH, numbers])
  const embedded = linear(patches, kernel, parameter(`${projection}.bias`)) // (batch, kept, hidden)
  const all = parameter('vit.embeddings.position_embeddings') // (1, 1 + all patches, hidden)
  const places = slice(all, [0, 1, 0], all.shape)
  const placed = add(embedded, matmul(selection, reshape(places, [selection.shape[1]!, WIDTH])))
  const first = add(parameter('vit.embeddings.cls_token'), slice(all, [0, 0, 0], [1, 1, WIDTH]))
  return reshape(concat([broadcastTo(first, [batch, 1, WIDTH]), placed], 1), [batch * (kept + 1), WIDTH])
}

function encoderLayer(hidden: Value, batch: number, layer: string, parameter: Parameter): Value {
  const attended = add(
    hidden,
    attention(norm(hidden, `${layer}layernorm_before`, parameter), batch, layer, parameter),
  )
  const inner = norm(attended, `${layer}layernorm_after`, parameter)
  const wide = gelu(project(inner, `${layer}intermediate.dense`, parameter))
  return add(attended, project(wide, `${layer}output.dense`, parameter))
}

function attention(x: Value, batch: number, layer: string, parameter: Parameter): Value {
  const heads = CONFIG.num_attention_heads
  const width = WIDTH / heads
  const split = (name: string): Value => {
    const rows = project(x, `${layer}attention.attention.${name}`, parameter)
    return transpose(reshape(rows, [batch, rows.shape[0]! / batch, heads, width]), [0, 2, 1, 3])
  }
  const scores = matmul(split('query'), split('key'), { transposeB: true, scale: 1 / Math.sqrt(width) })
  const mixed = transpose(matmul(softmax(scores), split('value')), [0, 2, 1, 3])
  return project(reshape(mixed, x.shape), `${layer}attention.output.dense`, parameter)
}

function project(x: Value, name: string, parameter: Parameter): Value {
  return linear(x, parameter(`${name}.weight`), parameter(`${name}.bias`))
}

function norm(x: Value, name: string, parameter: Parameter): Value {
  return layerNorm(x, parameter(`${name}.weight`), parameter(`${name}.bias`), CONFIG.layer_norm_eps)
}
