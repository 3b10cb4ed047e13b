import { z } from 'zod'

/** The fields of a Hugging Face ViT `config.json` that the graph depends on, with the library's defaults. */
export const vitConfigSchema = z
  .object({
    hidden_size: z.number().int().positive().default(768),
    num_hidden_layers: z.number().int().positive().default(12),
    num_attention_heads: z.number().int().positive().default(12),
    intermediate_size: z.number().int().positive().default(3072),
    hidden_act: z.literal('gelu').default('gelu'),
    layer_norm_eps: z.number().positive().default(1e-12),
    image_size: z.number().int().positive().default(224),
    patch_size: z.number().int().positive().default(16),
    num_channels: z.literal(3).default(3),
    qkv_bias: z.boolean().default(true),
  })
  .refine((config) => config.hidden_size % config.num_attention_heads === 0, {
    message: 'hidden_size must be a multiple of num_attention_heads',
  })
  .refine((config) => config.image_size % config.patch_size === 0, {
    message: 'image_size must be a multiple of patch_size',
  })

export type VitConfig = z.infer<typeof vitConfigSchema>
