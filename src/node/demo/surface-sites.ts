import { join } from 'node:path'
import { SURFACE_SITES, writeSurfaceSite } from '../../training/index.ts'
import type { DemoSite } from './split-folder.ts'

/** Writes the built-in sites as image files, so that a node reads them as it reads anybody's. */
export async function writeSurfaceSites(workDir: string, seed: string): Promise<DemoSite[]> {
  const sites = SURFACE_SITES.map(({ name }) => ({ name, dir: join(workDir, 'data', name) }))
  await Promise.all(sites.map(({ dir }, index) => writeSurfaceSite(dir, index, { seed })))
  return sites
}
