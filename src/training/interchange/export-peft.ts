import { mkdir, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { writeSafetensors } from '../../merge/index.ts'
import type { Tensor, TensorMap } from '../../merge/index.ts'
import { moduleAdapter } from '../adapters/adapter-kinds.ts'
import type { LowRankAdapter } from '../adapters/adapter.ts'
import { wireTensor } from '../adapters/wire-tensor.ts'
import type { Backbone } from '../backbone/backbone.ts'
import { openBackbone } from '../backbone/open-backbone.ts'
import { assertModules } from '../model/load-model.ts'
import type { ModelSpec, ModelState } from '../types.ts'
import { huggingFaceNames } from './hugging-face-names.ts'
import type { HuggingFaceNames } from './hugging-face-names.ts'
import { CONFIG_FILE, peftConfig, WEIGHTS_FILE } from './peft-config.ts'

export interface PeftExportInit {
  readonly model: ModelSpec
  readonly state: ModelState
  /** Names of the classifier's rows; kept in the file's metadata. */
  readonly classes: readonly string[]
  /** Directory to write to; made where it is missing. */
  readonly out: string
  /** What the config calls the backbone. @default the name of its directory */
  readonly base?: string
}

export interface PeftExport {
  readonly files: readonly string[]
  /** The class of transformers whose model the adapter fits, made from the backbone with as many labels as classes. */
  readonly autoClass: string
  /** Of a text: whose token's logits are the text's. An image has one row of logits. */
  readonly pooling?: Backbone['pooling']
  /** Of a text: whether its features are at length √features, so that its logits less the bias are scaled by as much as they are. */
  readonly normalized?: boolean
}

/**
 * Writes adapter and classifier as PEFT reads them: a LoRA, and the classifier as a module saved with it. Ravan's heads become one
 * LoRA of rank heads·rank. Where transformers has renamed modules, tensors stand under the new and the old names, and each version
 * of it takes those that it knows.
 *
 * Precision: the delta is the model's own, rounded to float32 once.
 *
 * @throws BackboneError, UnsupportedBackboneError
 * @throws PeermergeError - ERR_UNSUPPORTED_EXCHANGE, ERR_MODULE_MISMATCH
 * @throws MalformedError, ShapeMismatchError - the state is of another model
 */
export async function exportPeft({ model, state, classes, out, base }: PeftExportInit): Promise<PeftExport> {
  const backbone = await openBackbone(model.backbone)
  assertModules(backbone, model)
  const names = huggingFaceNames(backbone.family)
  const adapters = model.modules.map((module) => moduleAdapter(model.adapter, module))
  const tensors = new Map([
    ...adapterTensors(adapters, state.adapter, names),
    ...classifierTensors(model, backbone.features, state, names),
  ])
  const config = peftConfig(adapters[0]!.loraForm, {
    base: base ?? basename(model.backbone),
    taskType: names.taskType,
    modules: model.modules.flatMap(({ name }) => names.spellings(name)),
    classifier: names.classifier,
  })
  const metadata = { format: 'pt', classes: JSON.stringify(classes) }
  await mkdir(out, { recursive: true })
  const weights = await writeWhole(join(out, WEIGHTS_FILE), writeSafetensors(tensors, { metadata }))
  const file = await writeWhole(join(out, CONFIG_FILE), `${JSON.stringify(config, null, 2)}\n`)
  const told = { files: [weights, file], autoClass: names.autoClass }
  const { modality, pooling, normalized } = backbone
  return modality === 'text' ? { ...told, pooling, normalized } : told
}

function adapterTensors(
  adapters: readonly LowRankAdapter[],
  wire: TensorMap,
  names: HuggingFaceNames,
): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>()
  for (const adapter of adapters) {
    const { a, b } = adapter.toLora(wire)
    for (const module of names.spellings(adapter.module.name)) {
      tensors.set(`base_model.model.${module}.lora_A.weight`, a)
      tensors.set(`base_model.model.${module}.lora_B.weight`, b)
    }
  }
  return tensors
}

function classifierTensors(
  { classes }: ModelSpec,
  features: number,
  { classifier }: ModelState,
  { classifier: name }: HuggingFaceNames,
): [string, Tensor][] {
  const given = new Map(Object.entries(classifier))
  return [
    [`base_model.model.${name}.weight`, wireTensor(given, 'weight', [classes, features])],
    [`base_model.model.${name}.bias`, wireTensor(given, 'bias', [classes])],
  ]
}

/** Under another name first, so that a reader never sees half a file. */
async function writeWhole(path: string, content: string | Uint8Array): Promise<string> {
  await writeFile(`${path}.part`, content)
  await rename(`${path}.part`, path)
  return path
}
