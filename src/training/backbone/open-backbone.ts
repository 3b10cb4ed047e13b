import { UnsupportedBackboneError } from '../errors.ts'
import type { Backbone } from './backbone.ts'
import { openBert } from './bert/bert-backbone.ts'
import { openLlama } from './llama/llama-backbone.ts'
import { readModelType } from './model-type.ts'
import { withTokenizer } from './text-backbone.ts'
import { openDeit, openVit } from './vit/vit-backbone.ts'

/** Families by the `model_type` of their config; a further one is a further entry. */
const FAMILIES: ReadonlyMap<string, (dir: string) => Promise<Backbone>> = new Map([
  ['vit', openVit],
  ['deit', openDeit],
  ['bert', async (dir) => withTokenizer(await openBert(dir))],
  ['llama', async (dir) => withTokenizer(await openLlama(dir))],
])

/**
 * Describes the backbone in a Hugging Face directory. Reads config.json, preprocessor_config.json and the header of the
 * weights, but no weights and no native code, so that it is cheap everywhere.
 *
 * @throws BackboneError - a file is missing or not valid
 * @throws UnsupportedBackboneError - a family that is not read
 */
export async function openBackbone(dir: string): Promise<Backbone> {
  const modelType = await readModelType(dir)
  const open = FAMILIES.get(modelType)
  if (open === undefined) throw new UnsupportedBackboneError(dir, modelType, [...FAMILIES.keys()])
  return open(dir)
}
