import type { SiteData } from '../training/index.ts'
import type { Charter } from './charter.ts'
import type { SiteConfig } from './home.ts'

/** What a site trains on, by its settings. */
export function siteDataOf({ classes }: Charter, config: SiteConfig): SiteData {
  const { data: path, heldOut, columns, trainFraction, splitSeed } = config
  return {
    path,
    classes,
    trainFraction,
    splitSeed,
    ...(heldOut !== undefined && { heldOutPath: heldOut }),
    ...(columns !== undefined && { columns }),
  }
}
