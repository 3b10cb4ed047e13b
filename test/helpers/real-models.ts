import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** A pretrained model under PEERMERGE_DATA, or undefined where there is none. */
export function dataModel(name: string): string | undefined {
  const data = process.env['PEERMERGE_DATA']
  const dir = join(data ?? '', 'models', name)
  return data !== undefined && existsSync(join(dir, 'config.json')) ? dir : undefined
}

/** all-MiniLM-L6-v2: PEERMERGE_MINILM names its directory, else PEERMERGE_DATA may have it. */
export function minilmDir(): string | undefined {
  return process.env['PEERMERGE_MINILM'] ?? dataModel('all-MiniLM-L6-v2')
}
