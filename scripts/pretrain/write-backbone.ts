import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeSafetensors } from '../../src/merge/index.ts'
import type { TensorMap } from '../../src/merge/index.ts'
import { CONFIG, PREPROCESSOR } from './architecture.ts'
import { isBackbone } from './parameters.ts'

/** Writes the backbone as a Hugging Face directory in half precision; the heads of the pretraining stay behind. */
export async function writeBackbone(dir: string, parameters: TensorMap): Promise<void> {
  await mkdir(dir, { recursive: true })
  const backbone = new Map([...parameters].filter(([name]) => isBackbone(name)))
  const weights = writeSafetensors(backbone, { type: 'F16', metadata: { format: 'pt' } })
  await writeWhole(join(dir, 'config.json'), `${JSON.stringify(CONFIG, null, 2)}\n`)
  await writeWhole(join(dir, 'preprocessor_config.json'), `${JSON.stringify(PREPROCESSOR, null, 2)}\n`)
  await writeWhole(join(dir, 'model.safetensors'), weights)
}

/** A reader sees the old file or the new one. */
async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  await writeFile(`${file}.part`, content)
  await rename(`${file}.part`, file)
}
