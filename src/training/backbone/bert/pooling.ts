import { z } from 'zod'
import { BackboneError } from '../../errors.ts'
import { readJson } from '../read-json.ts'

/** How hidden states of all tokens become one vector a text: that of the first token, or their mean. */
export type BertPooling = 'cls' | 'mean'

const FILE = '1_Pooling/config.json'

const schema = z.looseObject({ pooling_mode: z.string().optional() })

/**
 * The pooling of a sentence-transformers directory; without its file the first token's hidden state, no dense pooler on top.
 *
 * @throws BackboneError - the file asks for another pooling, or for several
 */
export async function readPooling(dir: string): Promise<BertPooling> {
  const config = await readJson(dir, FILE, schema)
  if (config === undefined) return 'cls'
  const chosen = config.pooling_mode === undefined ? switchedOn(config) : [config.pooling_mode]
  const [pooling] = chosen
  if (chosen.length === 1 && (pooling === 'cls' || pooling === 'mean')) return pooling
  const asked = chosen.length === 0 ? 'no pooling' : chosen.join(' and ')
  throw new BackboneError(dir, `${FILE} asks for ${asked}; supported: cls, mean`, {
    file: FILE,
    asked: chosen,
  })
}

const MODULES = 'modules.json'

const modulesSchema = z.array(z.looseObject({ type: z.string() }))

/**
 * Whether a sentence-transformers directory scales what it pools to one length, as most of its models do; the scale itself is ours:
 * √d instead of 1, so that entries are about 1 for classifiers to train on. A dense layer in between is not read, so neither is what follows it.
 *
 * @throws BackboneError - modules.json is no list of modules
 */
export async function readNormalized(dir: string): Promise<boolean> {
  const modules = (await readJson(dir, MODULES, modulesSchema)) ?? []
  const kinds = modules.map(({ type }) => type.split('.').at(-1))
  return kinds[kinds.indexOf('Pooling') + 1] === 'Normalize'
}

/** `pooling_mode_cls_token: true` → cls, `pooling_mode_mean_tokens: true` → mean, and others under their names. */
function switchedOn(config: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(config)
    .filter(([name, value]) => name.startsWith('pooling_mode_') && value === true)
    .map(([name]) => name.slice('pooling_mode_'.length).replace(/^(cls|mean)_tokens?$/, '$1'))
}
