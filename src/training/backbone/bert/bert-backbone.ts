import { BackboneError } from '../../errors.ts'
import { readJson } from '../read-json.ts'
import { findPrefix, readParameters } from '../read-parameters.ts'
import type { TextBackbone } from '../text-backbone.ts'
import { checkTextExtent } from '../text-extent.ts'
import { bertConfigSchema } from './bert-config.ts'
import { bertGraph } from './bert-graph.ts'
import { bertLinears, bertParameters } from './bert-parameters.ts'
import { readNormalized, readPooling } from './pooling.ts'

/** Describes a directory of a BERT, MiniLM or another model of that type from its config and the header of its weights. */
export async function openBert(dir: string): Promise<TextBackbone> {
  const config = await readJson(dir, 'config.json', bertConfigSchema)
  if (config === undefined) throw new BackboneError(dir, 'config.json is missing')
  const prefix = findPrefix(dir, 'bert.')
  const [pooling, normalized] = await Promise.all([readPooling(dir), readNormalized(dir)])
  const parameters = (extent: number): Map<string, readonly number[]> => {
    checkTextExtent(dir, extent, config.max_position_embeddings)
    return bertParameters(config, prefix)
  }
  return {
    dir,
    family: 'bert',
    modality: 'text',
    features: config.hidden_size,
    vocabulary: config.vocab_size,
    extent: config.max_position_embeddings,
    linears: bertLinears(config, prefix),
    defaultTargets: ['query', 'value'],
    pooling,
    normalized,
    parameters,
    load: (extent) => readParameters(dir, parameters(extent), olderName),
    graph: (inputs, hooks, options) =>
      bertGraph(
        { config, prefix, pooling, normalized },
        inputs.get('tokens')!,
        inputs.get('mask')!,
        hooks,
        options,
      ),
  }
}

/** Norms of the first published BERTs are called as in TensorFlow. */
function olderName(name: string): string {
  return name.replace(/LayerNorm\.weight$/, 'LayerNorm.gamma').replace(/LayerNorm\.bias$/, 'LayerNorm.beta')
}
