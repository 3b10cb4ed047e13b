import { openLlamaLanguageModel } from '../backbone/llama/llama-language-model.ts'
import { readModelType } from '../backbone/model-type.ts'
import { UnsupportedBackboneError } from '../errors.ts'
import type { LanguageModel } from './language-model.ts'

/** Families by the `model_type` of their config; a further one is a further entry. */
const FAMILIES: ReadonlyMap<string, (dir: string) => Promise<LanguageModel>> = new Map([
  ['llama', openLlamaLanguageModel],
])

/**
 * Describes the language model in a Hugging Face directory, as `openBackbone` does for classifiers.
 *
 * @throws BackboneError - a file is missing or not valid
 * @throws UnsupportedBackboneError - a family that is not read, or has no model of the next token
 */
export async function openLanguageModel(dir: string): Promise<LanguageModel> {
  const modelType = await readModelType(dir)
  const open = FAMILIES.get(modelType)
  if (open === undefined) throw new UnsupportedBackboneError(dir, modelType, [...FAMILIES.keys()])
  return open(dir)
}
