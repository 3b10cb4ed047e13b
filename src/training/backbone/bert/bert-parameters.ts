import type { TargetModule } from '../../../merge/index.ts'
import type { BertConfig } from './bert-config.ts'

const LINEARS = [
  'attention.self.query',
  'attention.self.key',
  'attention.self.value',
  'attention.output.dense',
  'intermediate.dense',
  'output.dense',
] as const

/** Tensor names start with `bert.` when the model was saved with a head on top, with nothing when saved alone. */
export type BertPrefix = 'bert.' | ''

/** Linear layers of the encoder, by their tensor names without `.weight`. */
export function bertLinears(config: BertConfig, prefix: BertPrefix): TargetModule[] {
  const { hidden_size: hidden, intermediate_size: wide } = config
  return bertLayers(config, prefix).flatMap((layer) =>
    LINEARS.map((name) => ({
      name: layer + name,
      in: name === 'output.dense' ? wide : hidden,
      out: name === 'intermediate.dense' ? wide : hidden,
    })),
  )
}

export function bertLayer(prefix: BertPrefix, layer: number): string {
  return `${prefix}encoder.layer.${layer}.`
}

/** Names and shapes of everything the graph asks for. */
export function bertParameters(config: BertConfig, prefix: BertPrefix): Map<string, readonly number[]> {
  const { hidden_size: hidden } = config
  const shapes = new Map<string, readonly number[]>([
    [`${prefix}embeddings.word_embeddings.weight`, [config.vocab_size, hidden]],
    [`${prefix}embeddings.position_embeddings.weight`, [config.max_position_embeddings, hidden]],
    [`${prefix}embeddings.token_type_embeddings.weight`, [config.type_vocab_size, hidden]],
  ])
  for (const linear of bertLinears(config, prefix)) {
    shapes.set(`${linear.name}.weight`, [linear.out, linear.in])
    shapes.set(`${linear.name}.bias`, [linear.out])
  }
  for (const norm of bertNorms(config, prefix)) {
    shapes.set(`${norm}.weight`, [hidden])
    shapes.set(`${norm}.bias`, [hidden])
  }
  return shapes
}

function bertNorms(config: BertConfig, prefix: BertPrefix): string[] {
  const layers = bertLayers(config, prefix)
  return [
    `${prefix}embeddings.LayerNorm`,
    ...layers.flatMap((layer) => [`${layer}attention.output.LayerNorm`, `${layer}output.LayerNorm`]),
  ]
}

function bertLayers(config: BertConfig, prefix: BertPrefix): string[] {
  return Array.from({ length: config.num_hidden_layers }, (_, layer) => bertLayer(prefix, layer))
}
