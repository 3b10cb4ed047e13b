import { createRandom } from '../../merge/index.ts'
import { BUILT_IN_BACKBONE, isTablePath } from '../../training/settings.ts'
import { findBackbone } from '../find-backbone.ts'
import { classesOf, sitesOfFolder, type DemoSite, type SplitOptions } from './split-folder.ts'
import { sitesOfTable } from './split-table.ts'
import { writeSurfaceSites } from './surface-sites.ts'
import type { DemoOptions } from './types.ts'

/** What the demo trains on. */
export interface DemoData {
  readonly sites: readonly DemoSite[]
  readonly classes: readonly string[]
  readonly backbone: string
}

/** The given or built-in backbone and samples; the built-in images are generated as files under `workDir`. */
export async function demoData(workDir: string, options: DemoOptions): Promise<DemoData> {
  const { dir: backbone } = await findBackbone(options.backbone ?? BUILT_IN_BACKBONE, options)
  const { data } = options
  if (data !== undefined && isTablePath(data))
    return { ...(await tableSites(data, workDir, options)), backbone }
  const sites =
    data === undefined
      ? await writeSurfaceSites(workDir, options.seed)
      : await sitesOfFolder(data, workDir, splitOptions(options))
  return { sites, classes: await classesOf(sites), backbone }
}

async function tableSites(
  path: string,
  workDir: string,
  options: DemoOptions,
): Promise<Pick<DemoData, 'sites' | 'classes'>> {
  const { columns, siteColumn, signal, progress } = options
  const { sites, classes, skipped, firstSkipped } = await sitesOfTable(path, workDir, {
    ...splitOptions(options),
    ...(columns !== undefined && { columns }),
    ...(siteColumn !== undefined && { siteColumn }),
    signal,
  })
  if (firstSkipped !== undefined)
    progress.write(`${skipped} rows of ${path} were skipped, the first ${firstSkipped}\n`)
  return { sites, classes }
}

function splitOptions({ sites, skew, seed }: DemoOptions): SplitOptions {
  return { sites, concentration: skew, uniform: seededUniform(seed) }
}

function seededUniform(seed: string): () => number {
  const random = createRandom(`${seed}/sites`)
  return () => random.uniform()
}
