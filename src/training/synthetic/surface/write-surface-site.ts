import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { SURFACE_SITES } from './sites.ts'
import { surfaceSite } from './surface-site.ts'
import type { SurfaceOptions } from './types.ts'

/**
 * Lays a site's images out as files, `dir/<site>/<class>/<number>.png`, and returns the site's folder.
 *
 * @throws PeermergeError - see surfaceSite; and whatever the file system throws
 */
export async function writeSurfaceSite(
  dir: string,
  siteIndex: number,
  options: SurfaceOptions,
  signal?: AbortSignal,
): Promise<string> {
  const { default: sharp } = await import('sharp') // native: loaded only by who writes images
  const numbers = new Map<string, number>()
  const siteDir = join(dir, SURFACE_SITES[siteIndex]?.name ?? String(siteIndex))
  for (const image of surfaceSite(siteIndex, options)) {
    signal?.throwIfAborted()
    const number = numbers.get(image.className) ?? 0
    numbers.set(image.className, number + 1)
    const folder = join(siteDir, image.className)
    if (number === 0) await mkdir(folder, { recursive: true })
    await sharp(image.pixels, { raw: { width: image.width, height: image.height, channels: 3 } })
      .png()
      .toFile(join(folder, `${String(number).padStart(4, '0')}.png`))
  }
  return siteDir
}
