import type { SiteData } from '../training/index.ts'
import type { SiteConfig } from './home.ts'

/** What a site trains on, by its settings: its samples of these classes. */
export function siteDataOf(classes: readonly string[], config: SiteConfig): SiteData {
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
