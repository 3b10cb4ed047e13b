import { z } from 'zod'

/** The fields of a Hugging Face BERT `config.json` that the graph depends on, with the library's defaults. */
export const bertConfigSchema = z
  .object({
    vocab_size: z.number().int().positive().default(30522),
    hidden_size: z.number().int().positive().default(768),
    num_hidden_layers: z.number().int().positive().default(12),
    num_attention_heads: z.number().int().positive().default(12),
    intermediate_size: z.number().int().positive().default(3072),
    hidden_act: z.literal('gelu').default('gelu'),
    max_position_embeddings: z.number().int().positive().default(512),
    type_vocab_size: z.number().int().positive().default(2),
    layer_norm_eps: z.number().positive().default(1e-12),
    position_embedding_type: z.literal('absolute').default('absolute'),
    is_decoder: z.literal(false).default(false),
    add_cross_attention: z.literal(false).default(false),
  })
  .refine((config) => config.hidden_size % config.num_attention_heads === 0, {
    message: 'hidden_size must be a multiple of num_attention_heads',
  })

export type BertConfig = z.infer<typeof bertConfigSchema>
