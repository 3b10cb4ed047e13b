import type { Value } from '../../graph/index.ts'
import type { GraphHooks, GraphInputs, GraphOptions } from '../backbone.ts'
import { lastToken } from '../pool-tokens.ts'
import { readParameters } from '../read-parameters.ts'
import type { TextBackbone } from '../text-backbone.ts'
import { checkTextExtent } from '../text-extent.ts'
import { llamaHidden } from './llama-graph.ts'
import type { LlamaShape } from './llama-graph.ts'
import { llamaLinears, llamaParameters } from './llama-parameters.ts'
import { openLlamaShape } from './open-llama.ts'

/**
 * A Llama as an encoder for a classifier: the last token's hidden state after the final norm, as LlamaForSequenceClassification
 * takes it.
 */
export async function openLlama(dir: string): Promise<TextBackbone> {
  const shape = await openLlamaShape(dir)
  const { config, prefix } = shape
  const parameters = (extent: number): Map<string, readonly number[]> => {
    checkTextExtent(dir, extent, config.max_position_embeddings)
    return llamaParameters(config, prefix)
  }
  return {
    dir,
    family: 'llama',
    modality: 'text',
    features: config.hidden_size,
    vocabulary: config.vocab_size,
    extent: config.max_position_embeddings,
    linears: llamaLinears(config, prefix),
    defaultTargets: ['q_proj', 'v_proj'],
    pooling: 'last',
    normalized: false,
    parameters,
    load: (extent) => readParameters(dir, parameters(extent)),
    graph: (inputs, hooks, options) => features(shape, inputs, hooks, options),
  }
}

function features(
  shape: LlamaShape,
  inputs: GraphInputs,
  hooks: GraphHooks,
  { prune = false }: GraphOptions = {},
): Value {
  const mask = inputs.get('mask')!
  const hidden = llamaHidden(shape, inputs.get('tokens')!, mask, hooks, prune)
  return prune ? hidden : lastToken(hidden, mask) // (batch, hidden)
}
