import type { TargetModule } from '../../../merge/index.ts'
import type { LlamaConfig } from './llama-config.ts'

/** Tensor names start with `model.` when the model was saved with a head on top, with nothing when saved alone. */
export type LlamaPrefix = 'model.' | ''

/** Linear layers of the decoder, by their tensor names without `.weight`. */
export function llamaLinears(config: LlamaConfig, prefix: LlamaPrefix): TargetModule[] {
  const { hidden_size: hidden, intermediate_size: wide, head_dim: width } = config
  const queries = config.num_attention_heads * width
  const keys = config.num_key_value_heads * width
  const linears = [
    { name: 'self_attn.q_proj', in: hidden, out: queries },
    { name: 'self_attn.k_proj', in: hidden, out: keys },
    { name: 'self_attn.v_proj', in: hidden, out: keys },
    { name: 'self_attn.o_proj', in: queries, out: hidden },
    { name: 'mlp.gate_proj', in: hidden, out: wide },
    { name: 'mlp.up_proj', in: hidden, out: wide },
    { name: 'mlp.down_proj', in: wide, out: hidden },
  ]
  return llamaLayers(config, prefix).flatMap((layer) =>
    linears.map((linear) => ({ ...linear, name: layer + linear.name })),
  )
}

export function llamaLayer(prefix: LlamaPrefix, layer: number): string {
  return `${prefix}layers.${layer}.`
}

/** Names and shapes of everything the decoder's graph asks for; a language model's head comes on top. */
export function llamaParameters(config: LlamaConfig, prefix: LlamaPrefix): Map<string, readonly number[]> {
  const { hidden_size: hidden } = config
  const shapes = new Map<string, readonly number[]>([
    [`${prefix}embed_tokens.weight`, [config.vocab_size, hidden]],
  ])
  for (const linear of llamaLinears(config, prefix)) {
    shapes.set(`${linear.name}.weight`, [linear.out, linear.in])
    if (hasBias(config, linear.name)) shapes.set(`${linear.name}.bias`, [linear.out])
  }
  for (const layer of llamaLayers(config, prefix)) {
    shapes.set(`${layer}input_layernorm.weight`, [hidden])
    shapes.set(`${layer}post_attention_layernorm.weight`, [hidden])
  }
  return shapes.set(`${prefix}norm.weight`, [hidden])
}

export function hasBias(config: LlamaConfig, linear: string): boolean {
  return linear.includes('.mlp.') ? config.mlp_bias : config.attention_bias
}

function llamaLayers(config: LlamaConfig, prefix: LlamaPrefix): string[] {
  return Array.from({ length: config.num_hidden_layers }, (_, layer) => llamaLayer(prefix, layer))
}
