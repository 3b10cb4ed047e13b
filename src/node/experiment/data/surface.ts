import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SURFACE_SITES, writeSurfaceSite } from '../../../training/index.ts'
import { prepareDomains } from './domain-folders.ts'
import type { PreparedData } from './prepared-data.ts'

const SIZE = 64

/** The built-in images of surface inspection: every site is a domain of its own. */
export async function prepareSurface(
  { count, testPerClass }: { readonly count: number; readonly testPerClass: number },
  dir: string,
): Promise<PreparedData> {
  const drawn = join(dir, 'surface')
  await rm(drawn, { recursive: true, force: true })
  const options = { seed: 'experiment', count, size: SIZE }
  await Promise.all(SURFACE_SITES.map((_, index) => writeSurfaceSite(drawn, index, options)))
  return prepareDomains({ path: drawn, testPerClass }, dir)
}
