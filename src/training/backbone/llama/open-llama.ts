import { BackboneError } from '../../errors.ts'
import { readJson } from '../read-json.ts'
import { findPrefix } from '../read-parameters.ts'
import { llamaConfigSchema } from './llama-config.ts'
import type { LlamaShape } from './llama-graph.ts'

/** Reads and checks what describes a Llama directory. @throws BackboneError */
export async function openLlamaShape(dir: string): Promise<LlamaShape> {
  const config = await readJson(dir, 'config.json', llamaConfigSchema)
  if (config === undefined) throw new BackboneError(dir, 'config.json is missing')
  const prefix = findPrefix(dir, 'model.')
  return { config, prefix }
}
