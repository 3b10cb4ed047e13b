import { createRandom } from '../../merge/index.ts'
import { BUILT_IN_BACKBONE } from '../../training/index.ts'
import { findBackbone } from '../find-backbone.ts'
import { classesOf, sitesOfFolder, type DemoSite } from './split-folder.ts'
import { writeSurfaceSites } from './surface-sites.ts'
import type { DemoOptions } from './types.ts'

/** What the demo trains on. */
export interface DemoData {
  readonly sites: readonly DemoSite[]
  readonly classes: readonly string[]
  readonly backbone: string
}

/** The given or built-in backbone and images; the built-in images are generated as files under `workDir`. */
export async function demoData(workDir: string, options: DemoOptions): Promise<DemoData> {
  const { dir: backbone } = await findBackbone(options.backbone ?? BUILT_IN_BACKBONE, options)
  const sites =
    options.data === undefined
      ? await writeSurfaceSites(workDir, options.seed)
      : await sitesOfFolder(options.data, workDir, {
          sites: options.sites,
          concentration: options.skew,
          uniform: seededUniform(options.seed),
        })
  return { sites, classes: await classesOf(sites), backbone }
}

function seededUniform(seed: string): () => number {
  const random = createRandom(`${seed}/sites`)
  return () => random.uniform()
}
