import { z } from 'zod'
import { BackboneError } from '../errors.ts'
import { readJson } from './read-json.ts'

const schema = z.object({ model_type: z.string() })

/** The family that a directory's config names. @throws BackboneError - there is no config, or it names none */
export async function readModelType(dir: string): Promise<string> {
  const config = await readJson(dir, 'config.json', schema)
  if (config === undefined) throw new BackboneError(dir, 'config.json is missing')
  return config.model_type
}
