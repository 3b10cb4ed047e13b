import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { createRandom } from '../../src/merge/index.ts'

/** A ViT with random weights of a few thousand parameters, in Hugging Face layout. */
export const TINY_BACKBONE = fileURLToPath(new URL('../fixtures/tiny-vit', import.meta.url))

export const TINY_CLASSES = ['blue', 'green', 'red']

/** Images of noisy colour patches, `dir/<class>/<n>.png`: learnable in a few steps even by a random backbone. */
export async function writeTinySite(dir: string, perClass: readonly number[], seed: string): Promise<void> {
  const random = createRandom(seed)
  for (const [label, name] of TINY_CLASSES.entries()) {
    const count = perClass[label] ?? 0
    if (count > 0) await mkdir(join(dir, name), { recursive: true })
    for (let index = 0; index < count; index++) {
      const pixels = new Uint8Array(16 * 16 * 3).map((_, at) => {
        const bright = at % 3 === 2 - label ? 200 : 70
        return Math.max(0, Math.min(255, bright + Math.round(60 * (random.uniform() - 0.5))))
      })
      const file = join(dir, name, `${index}.png`)
      await sharp(pixels, { raw: { width: 16, height: 16, channels: 3 } })
        .png()
        .toFile(file)
    }
  }
}
