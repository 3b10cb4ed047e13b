import { z } from 'zod'
import { BackboneError, UnsupportedBackboneError } from '../errors.ts'
import type { Backbone } from './backbone.ts'
import { readJson } from './read-json.ts'
import { openDeit, openVit } from './vit/vit-backbone.ts'

/** Families by the `model_type` of their config; a further one is a further entry. */
const FAMILIES: ReadonlyMap<string, (dir: string) => Promise<Backbone>> = new Map([
  ['vit', openVit],
  ['deit', openDeit],
])

const familySchema = z.object({ model_type: z.string() })

/**
 * Describes the backbone in a Hugging Face directory. Reads config.json, preprocessor_config.json and the header of the
 * weights, but no weights and no native code, so that it is cheap everywhere.
 *
 * @throws BackboneError - a file is missing or not valid
 * @throws UnsupportedBackboneError - a family that is not read
 */
export async function openBackbone(dir: string): Promise<Backbone> {
  const config = await readJson(dir, 'config.json', familySchema)
  if (config === undefined) throw new BackboneError(dir, 'config.json is missing')
  const open = FAMILIES.get(config.model_type)
  if (open === undefined) throw new UnsupportedBackboneError(dir, config.model_type, [...FAMILIES.keys()])
  return open(dir)
}
