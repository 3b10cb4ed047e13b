import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loraScale, memorySource, openSafetensors } from '../../merge/index.ts'
import type { Safetensors, Tensor } from '../../merge/index.ts'
import { moduleAdapter } from '../adapters/adapter-kinds.ts'
import type { LoraForm, LowRankAdapter } from '../adapters/adapter.ts'
import { openBackbone } from '../backbone/open-backbone.ts'
import { AdapterDirectoryError } from '../errors.ts'
import { assertModules } from '../model/load-model.ts'
import type { ModelSpec, ModelState } from '../types.ts'
import { huggingFaceNames } from './hugging-face-names.ts'
import type { HuggingFaceNames } from './hugging-face-names.ts'
import { readPeftConfig, WEIGHTS_FILE } from './peft-config.ts'

/**
 * Reads an adapter that PEFT (or `exportPeft`) wrote as a state of this model, classifier included. What the model cannot say exactly
 * is refused by name: another rank or scale, modules more or fewer than the charter's, an A or bases that are frozen and not the
 * charter's, everything that is not plain LoRA. That rows of the classifier are the charter's classes in order cannot be seen.
 *
 * @throws AdapterDirectoryError, AdapterFormError - what does not fit, where
 * @throws BackboneError, UnsupportedBackboneError
 * @throws PeermergeError - ERR_UNSUPPORTED_EXCHANGE, ERR_MODULE_MISMATCH
 */
export async function importPeft(dir: string, model: ModelSpec): Promise<ModelState> {
  const backbone = await openBackbone(model.backbone)
  assertModules(backbone, model)
  const names = huggingFaceNames(backbone.family)
  const adapters = model.modules.map((module) => moduleAdapter(model.adapter, module))
  const form = await readPeftConfig(dir, names.classifier)
  assertForm(dir, form, adapters[0]!.loraForm)
  const file = new AdapterFile(dir, await openWeights(dir))
  const state = {
    adapter: new Map(adapters.flatMap((adapter) => [...readModule(file, adapter, names)])),
    classifier: {
      weight: file.take([`base_model.model.${names.classifier}.weight`], [model.classes, backbone.features]),
      bias: file.take([`base_model.model.${names.classifier}.bias`], [model.classes]),
    },
  }
  file.assertNothingLeft()
  return state
}

/** @throws AdapterDirectoryError - another rank, or another factor of B A x */
function assertForm(dir: string, form: LoraForm, own: LoraForm): void {
  const refuse = (what: string, given: number, expected: number): never => {
    throw new AdapterDirectoryError(dir, `its ${what} is ${given}, the charter's adapter needs ${expected}`, {
      given,
      expected,
    })
  }
  if (form.rank !== own.rank) refuse('rank', form.rank, own.rank)
  const [given, expected] = [loraScale(form), loraScale(own)]
  if (Math.abs(given - expected) > 1e-12 * expected)
    refuse('scale (of lora_alpha, r and use_rslora)', given, expected)
}

function readModule(
  file: AdapterFile,
  adapter: LowRankAdapter,
  names: HuggingFaceNames,
): ReadonlyMap<string, Tensor> {
  const { module, loraForm: form } = adapter
  const spellings = names.spellings(module.name).map((name) => `base_model.model.${name}`)
  const factor = (name: string, shape: readonly number[]): Tensor =>
    file.take(
      spellings.map((spelling) => `${spelling}.${name}.weight`),
      shape,
    )
  return adapter.fromLora({
    a: factor('lora_A', [form.rank, module.in]),
    b: factor('lora_B', [module.out, form.rank]),
  })
}

async function openWeights(dir: string): Promise<Safetensors> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(join(dir, WEIGHTS_FILE))
  } catch (error) {
    const advice = 'an adapter_model.bin can be saved again by PEFT with safe_serialization'
    throw new AdapterDirectoryError(dir, `${WEIGHTS_FILE} cannot be read; ${advice}`, {}, { cause: error })
  }
  try {
    return openSafetensors(memorySource(bytes), WEIGHTS_FILE)
  } catch (error) {
    throw new AdapterDirectoryError(dir, (error as Error).message, {}, { cause: error })
  }
}

/** Tensors by name, each to be used once. */
class AdapterFile {
  readonly #dir: string
  readonly #file: Safetensors
  readonly #left: Set<string>

  constructor(dir: string, file: Safetensors) {
    this.#dir = dir
    this.#file = file
    this.#left = new Set(file.entries.keys())
  }

  /** The tensor that stands under one of these names; under several only if it is the same. */
  take(names: readonly string[], shape: readonly number[]): Tensor {
    const found = names.filter((name) => this.#left.delete(name))
    const [first, ...others] = found.map((name) => this.#read(name, shape))
    if (first === undefined)
      return this.#refuse(`tensor ${names.join(' or ')} is missing from ${WEIGHTS_FILE}`)
    const differs = others.some(({ data }) => data.some((value, i) => value !== first.data[i]))
    return differs ? this.#refuse(`tensors ${found.join(' and ')} differ, and name the same module`) : first
  }

  assertNothingLeft(): void {
    if (this.#left.size === 0) return
    const [shown, more] = [[...this.#left].slice(0, 3).join(', '), this.#left.size - 3]
    const rest = more > 0 ? ` and ${more} more` : ''
    this.#refuse(`${shown}${rest}: not part of an adapter on the charter's modules`)
  }

  #read(name: string, shape: readonly number[]): Tensor {
    const entry = this.#file.entries.get(name)!
    if (entry.shape.join() !== shape.join())
      return this.#refuse(`tensor ${name} is [${entry.shape.join(', ')}], expected [${shape.join(', ')}]`)
    const tensor = this.#decode(name)
    if (!tensor.data.every(Number.isFinite))
      return this.#refuse(`tensor ${name} holds a value that is not finite`)
    return tensor
  }

  #decode(name: string): Tensor {
    try {
      return this.#file.tensor(name)
    } catch (error) {
      return this.#refuse((error as Error).message, error)
    }
  }

  #refuse(problem: string, cause?: unknown): never {
    throw new AdapterDirectoryError(this.#dir, problem, {}, { cause })
  }
}
