import { PeermergeError } from '../../errors.ts'

/** How a family's modules and its classifier are called inside the transformers model that carries both. */
export interface HuggingFaceNames {
  /** The class of transformers whose logits are the model's. */
  readonly autoClass: 'AutoModelForImageClassification' | 'AutoModelForTokenClassification'
  /** `task_type` of PEFT's config. */
  readonly taskType: 'TOKEN_CLS' | null
  readonly classifier: string
  /** Names of a module in all versions of transformers, the newest first. */
  spellings(module: string): readonly string[]
}

/**
 * Modules are named as in the checkpoint; a checkpoint that was saved without a head lacks the prefix. The modules of ViT and DeiT were renamed
 * in transformers 5, their checkpoints were not.
 *
 * The text classifier works on hidden states, without the pooler of `…ForSequenceClassification`; that is what
 * `…ForTokenClassification` does at every token. Its logits at the first or last token, or their mean, are those of the text.
 */
const FAMILIES: ReadonlyMap<string, HuggingFaceNames> = new Map([
  ['vit', visionNames('vit.')],
  ['deit', visionNames('deit.')],
  ['bert', textNames('bert.', 'classifier')],
  ['llama', textNames('model.', 'score')],
])

/** @throws PeermergeError ERR_UNSUPPORTED_EXCHANGE - PEFT's names for this family are not known */
export function huggingFaceNames(family: string): HuggingFaceNames {
  const names = FAMILIES.get(family)
  if (names !== undefined) return names
  const known = [...FAMILIES.keys()].join(', ')
  const text = `PEFT adapters of backbones of family ${family} are not supported; supported: ${known}`
  throw new PeermergeError('ERR_UNSUPPORTED_EXCHANGE', text, { family })
}

function visionNames(prefix: string): HuggingFaceNames {
  return {
    autoClass: 'AutoModelForImageClassification',
    taskType: null,
    classifier: 'classifier',
    spellings: (module) => {
      const name = withPrefix(prefix, module)
      return [renamedLayer(prefix, name), name]
    },
  }
}

function textNames(prefix: string, classifier: string): HuggingFaceNames {
  return {
    autoClass: 'AutoModelForTokenClassification',
    taskType: 'TOKEN_CLS',
    classifier,
    spellings: (module) => [withPrefix(prefix, module)],
  }
}

function withPrefix(prefix: string, module: string): string {
  return module.startsWith(prefix) ? module : prefix + module
}

const RENAMED: readonly (readonly [string, string])[] = [
  ['attention.attention.query', 'attention.q_proj'],
  ['attention.attention.key', 'attention.k_proj'],
  ['attention.attention.value', 'attention.v_proj'],
  ['attention.output.dense', 'attention.o_proj'],
  ['intermediate.dense', 'mlp.fc1'],
  ['output.dense', 'mlp.fc2'],
]

function renamedLayer(prefix: string, name: string): string {
  const layer = name.replace(`${prefix}encoder.layer.`, `${prefix}layers.`)
  const renamed = RENAMED.find(([old]) => layer.endsWith(`.${old}`))
  return renamed === undefined ? layer : layer.slice(0, -renamed[0].length) + renamed[1]
}
