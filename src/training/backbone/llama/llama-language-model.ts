import type { Value } from '../../graph/index.ts'
import type { LanguageModel } from '../../language/language-model.ts'
import type { GraphHooks } from '../backbone.ts'
import { readParameters } from '../read-parameters.ts'
import { checkTextExtent } from '../text-extent.ts'
import { llamaHidden } from './llama-graph.ts'
import type { LlamaShape } from './llama-graph.ts'
import { llamaLinears, llamaParameters } from './llama-parameters.ts'
import { openLlamaShape } from './open-llama.ts'

const HEAD = 'lm_head'

/** A Llama as what it was trained to be: a model of the next token, as LlamaForCausalLM. */
export async function openLlamaLanguageModel(dir: string): Promise<LanguageModel> {
  const shape = await openLlamaShape(dir)
  const { config, prefix } = shape
  const { hidden_size: hidden, vocab_size: vocabulary, tie_word_embeddings: isTied } = config
  const parameters = (extent: number): Map<string, readonly number[]> => {
    checkTextExtent(dir, extent, config.max_position_embeddings)
    const shapes = llamaParameters(config, prefix)
    return isTied ? shapes : shapes.set(`${HEAD}.weight`, [vocabulary, hidden])
  }
  const linears = llamaLinears(config, prefix)
  return {
    dir,
    family: 'llama',
    vocabulary,
    extent: config.max_position_embeddings,
    ends: [config.eos_token_id ?? []].flat(),
    linears: isTied ? linears : [...linears, { name: HEAD, in: hidden, out: vocabulary }],
    defaultTargets: ['q_proj', 'v_proj'],
    parameters,
    load: (extent) => readParameters(dir, parameters(extent)),
    hidden: (inputs, hooks, lastOnly) =>
      llamaHidden(shape, inputs.get('tokens')!, inputs.get('mask')!, hooks, lastOnly),
    logits: (rows, hooks) => head(shape, rows, hooks),
  }
}

/** (rows, hidden) → (rows, vocabulary); a tied head is the table of token embeddings. */
function head({ config, prefix }: LlamaShape, rows: Value, hooks: GraphHooks): Value {
  const weight = hooks.weight(config.tie_word_embeddings ? `${prefix}embed_tokens.weight` : `${HEAD}.weight`)
  return hooks.linear(HEAD, rows, weight, undefined)
}
