import { z } from 'zod'

const count = z.number().int().positive()

const ropeSchema = z.union([
  z.object({
    rope_type: z.literal('default').default('default'),
    rope_theta: z.number().positive().optional(),
  }),
  z.object({
    rope_type: z.literal('llama3'),
    rope_theta: z.number().positive().optional(),
    factor: z.number().positive(),
    low_freq_factor: z.number().positive(),
    high_freq_factor: z.number().positive(),
    original_max_position_embeddings: count,
  }),
])

/** Frequencies of the rotary embedding. Older configs say `type` for `rope_type`. */
const ropeParameters = z.preprocess((value) => {
  if (typeof value !== 'object' || value === null || !('type' in value) || 'rope_type' in value) return value
  return { ...value, rope_type: value.type }
}, ropeSchema)

/** The fields of a Hugging Face Llama `config.json` that the graph depends on, with the library's defaults. */
export const llamaConfigSchema = z
  .object({
    vocab_size: count.default(32000),
    hidden_size: count.default(4096),
    intermediate_size: count.default(11008),
    num_hidden_layers: count.default(32),
    num_attention_heads: count.default(32),
    num_key_value_heads: count.nullish(),
    head_dim: count.nullish(),
    hidden_act: z.literal('silu').default('silu'),
    max_position_embeddings: count.default(2048),
    rms_norm_eps: z.number().positive().default(1e-6),
    rope_theta: z.number().positive().default(10000),
    rope_scaling: ropeParameters.nullish(),
    rope_parameters: ropeParameters.nullish(),
    attention_bias: z.boolean().default(false),
    mlp_bias: z.boolean().default(false),
    tie_word_embeddings: z.boolean().default(false),
    bos_token_id: z.number().int().nonnegative().nullish(),
    eos_token_id: z
      .union([z.number().int().nonnegative(), z.array(z.number().int().nonnegative())])
      .nullish(),
  })
  .transform((config) => {
    const rope = config.rope_parameters ?? config.rope_scaling ?? { rope_type: 'default' as const }
    return {
      ...config,
      num_key_value_heads: config.num_key_value_heads ?? config.num_attention_heads,
      head_dim: config.head_dim ?? config.hidden_size / config.num_attention_heads,
      rope: { ...rope, rope_theta: rope.rope_theta ?? config.rope_theta },
    }
  })
  .refine((config) => Number.isInteger(config.head_dim) && config.head_dim % 2 === 0, {
    message: 'head_dim, or hidden_size / num_attention_heads, must be an even number',
  })
  .refine((config) => config.num_attention_heads % config.num_key_value_heads === 0, {
    message: 'num_attention_heads must be a multiple of num_key_value_heads',
  })

export type LlamaConfig = z.infer<typeof llamaConfigSchema>
