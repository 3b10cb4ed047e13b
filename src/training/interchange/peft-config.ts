import { z } from 'zod'
import type { LoraForm } from '../adapters/adapter.ts'
import { AdapterDirectoryError } from '../errors.ts'
import { readJson } from '../backbone/read-json.ts'

export const CONFIG_FILE = 'adapter_config.json'
export const WEIGHTS_FILE = 'adapter_model.safetensors'

const schema = z.looseObject({
  peft_type: z.string(),
  r: z.int().min(1),
  lora_alpha: z.number().positive(),
  use_rslora: z.boolean().nullish(),
  bias: z.string().nullish(),
  init_lora_weights: z.union([z.boolean(), z.string()]).nullish(),
  modules_to_save: z.array(z.string()).nullish(),
})

type PeftConfig = z.infer<typeof schema>

/** Fields that say nothing about what the adapter computes, or only what its tensors say as well. */
const HARMLESS = new Set([
  'auto_mapping',
  'base_model_name_or_path',
  'exclude_modules',
  'inference_mode',
  'layers_pattern',
  'layers_to_transform',
  'lora_dropout',
  'megatron_core',
  'peft_version',
  'qalora_group_size',
  'revision',
  'target_modules',
  'task_type',
  ...Object.keys(schema.shape),
])

/** Ways to draw A and B that leave the backbone's own weights as they are. */
const INITIALISATIONS = new Set<unknown>([undefined, null, true, false, 'gaussian', 'orthogonal'])

/** The config of a LoRA on these modules, the classifier saved with it. */
export function peftConfig(
  { rank, alpha, scaling }: LoraForm,
  facts: { base: string; taskType: string | null; modules: readonly string[]; classifier: string },
): Record<string, unknown> {
  return {
    alpha_pattern: {},
    base_model_name_or_path: facts.base,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    layers_to_transform: null,
    lora_alpha: alpha,
    lora_dropout: 0,
    modules_to_save: [facts.classifier],
    peft_type: 'LORA',
    r: rank,
    rank_pattern: {},
    target_modules: [...facts.modules].sort(),
    task_type: facts.taskType,
    use_dora: false,
    use_rslora: scaling === 'rslora',
  }
}

/**
 * Reads a config and refuses by name everything that plain LoRA with one rank and one scale cannot say.
 *
 * @throws AdapterDirectoryError
 */
export async function readPeftConfig(dir: string, classifier: string): Promise<LoraForm> {
  const config = await read(dir)
  const refuse = (field: string, why: string): never => {
    throw new AdapterDirectoryError(dir, `${CONFIG_FILE}, ${field}: ${why}`, { field, value: config[field] })
  }
  if (config.peft_type !== 'LORA') refuse('peft_type', `expected LORA, got ${config.peft_type}`)
  if ((config.bias ?? 'none') !== 'none')
    refuse('bias', `trained biases (${config.bias}) are not part of an adapter here`)
  if (!INITIALISATIONS.has(config.init_lora_weights))
    refuse('init_lora_weights', `${String(config.init_lora_weights)} changes the backbone's own weights`)
  const saved = (config.modules_to_save ?? []).filter((name) => name !== classifier)
  if (saved.length > 0)
    refuse('modules_to_save', `expected ${classifier} alone, got also ${saved.join(', ')}`)
  for (const [field, value] of Object.entries(config)) {
    if (HARMLESS.has(field) || isOff(value)) continue
    refuse(field, `${show(value)} is not supported; expected it to be off`)
  }
  return {
    rank: config.r,
    alpha: config.lora_alpha,
    scaling: config.use_rslora === true ? 'rslora' : 'standard',
  }
}

async function read(dir: string): Promise<PeftConfig> {
  try {
    const config = await readJson(dir, CONFIG_FILE, schema)
    if (config !== undefined) return config
  } catch (error) {
    throw new AdapterDirectoryError(dir, (error as Error).message, {}, { cause: error })
  }
  throw new AdapterDirectoryError(
    dir,
    `${CONFIG_FILE} is missing; expected a directory that PEFT's save_pretrained wrote`,
  )
}

/** null, false, '', [] and {} are how PEFT writes that an option is not used. */
function isOff(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

function show(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
