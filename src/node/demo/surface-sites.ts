import { join } from 'node:path'
import { SURFACE_SITES, writeSurfaceSite } from '../../training/index.ts'
import type { DemoSite } from './split-folder.ts'

/** Side in pixels and number of images of every generated site. */
export const DEMO_SIZE = 64
export const DEMO_COUNT = 200

/** Writes the built-in sites as image files, so that a node reads them as it reads anybody's. */
export async function writeSurfaceSites(workDir: string, seed: string): Promise<DemoSite[]> {
  const write = async ({ name }: { name: string }, index: number): Promise<DemoSite> => ({
    name,
    data: await writeSurfaceSite(join(workDir, 'data'), index, { seed, count: DEMO_COUNT, size: DEMO_SIZE }),
  })
  return Promise.all(SURFACE_SITES.map(write))
}
