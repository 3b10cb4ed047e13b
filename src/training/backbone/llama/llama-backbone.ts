import { readParameters } from '../read-parameters.ts'
import type { TextBackbone } from '../text-backbone.ts'
import { checkTextExtent } from '../text-extent.ts'
import { llamaLast } from './llama-graph.ts'
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
    extent: config.max_position_embeddings,
    linears: llamaLinears(config, prefix),
    defaultTargets: ['q_proj', 'v_proj'],
    pooling: 'last',
    parameters,
    load: (extent) => readParameters(dir, parameters(extent)),
    graph: (inputs, hooks, { prune = false } = {}) =>
      llamaLast(shape, inputs.get('tokens')!, inputs.get('mask')!, hooks, prune),
  }
}
