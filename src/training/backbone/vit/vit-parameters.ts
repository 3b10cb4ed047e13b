import type { TargetModule } from '../../../merge/index.ts'
import type { VitConfig } from './vit-config.ts'

const ATTENTION = [
  'attention.attention.query',
  'attention.attention.key',
  'attention.attention.value',
] as const
const LINEARS = [...ATTENTION, 'attention.output.dense', 'intermediate.dense', 'output.dense'] as const

/** Tensor names start with the family when the model was saved with a classifier, with nothing when saved alone. */
export type VitPrefix = 'vit.' | 'deit.' | ''

/** Tokens before those of the patches, by the ends of their names: the class token, and in DeiT that of distillation. */
export type LeadingTokens = readonly ('cls_token' | 'distillation_token')[]

/** What makes one model out of the family. */
export interface VitShape {
  readonly config: VitConfig
  readonly prefix: VitPrefix
  readonly leading: LeadingTokens
}

/** Linear layers of the encoder, by their tensor names without `.weight`. */
export function vitLinears(config: VitConfig, prefix: VitPrefix): TargetModule[] {
  const { hidden_size: hidden, intermediate_size: wide } = config
  const layers = Array.from({ length: config.num_hidden_layers }, (_, layer) => vitLayer(prefix, layer))
  return layers.flatMap((layer) =>
    LINEARS.map((name) => ({
      name: layer + name,
      in: name === 'output.dense' ? wide : hidden,
      out: name === 'intermediate.dense' ? wide : hidden,
    })),
  )
}

export function vitLayer(prefix: VitPrefix, layer: number): string {
  return `${prefix}encoder.layer.${layer}.`
}

/** Names and shapes of everything the graph asks for, at a grid of `side` × `side` patches. */
export function vitParameters(
  { config, prefix, leading }: VitShape,
  side: number,
): Map<string, readonly number[]> {
  const { hidden_size: hidden, patch_size: patch, num_channels: channels } = config
  const shapes = new Map<string, readonly number[]>([
    ...leading.map((token) => [`${prefix}embeddings.${token}`, [1, 1, hidden]] as const),
    [`${prefix}embeddings.position_embeddings`, [1, leading.length + side * side, hidden]],
    [`${prefix}embeddings.patch_embeddings.projection.weight`, [hidden, channels, patch, patch]],
    [`${prefix}embeddings.patch_embeddings.projection.bias`, [hidden]],
  ])
  for (const linear of vitLinears(config, prefix)) {
    shapes.set(`${linear.name}.weight`, [linear.out, linear.in])
    if (hasBias(config, linear.name)) shapes.set(`${linear.name}.bias`, [linear.out])
  }
  for (const norm of vitNorms(config, prefix)) {
    shapes.set(`${norm}.weight`, [hidden])
    shapes.set(`${norm}.bias`, [hidden])
  }
  return shapes
}

/** Query, key and value go without a bias where the config says so. */
export function hasBias(config: VitConfig, linear: string): boolean {
  return config.qkv_bias || !ATTENTION.some((name) => linear.endsWith(name))
}

function vitNorms(config: VitConfig, prefix: VitPrefix): string[] {
  const layers = Array.from({ length: config.num_hidden_layers }, (_, layer) => vitLayer(prefix, layer))
  return [
    ...layers.flatMap((layer) => [`${layer}layernorm_before`, `${layer}layernorm_after`]),
    `${prefix}layernorm`,
  ]
}
