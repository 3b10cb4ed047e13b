import type { MergeSpec } from '../merge/index.ts'
import type { SiteData } from '../training/index.ts'
import type { SiteConfig } from './home.ts'

/**
 * What a site trains on, by its settings: its samples of these classes. Where tasks have been opened, others may be to come, and samples of
 * their classes are left out and named; else a label that nobody knows is a mistake.
 */
export function siteDataOf(
  { classes, tasks }: Pick<MergeSpec, 'classes' | 'tasks'>,
  config: SiteConfig,
): SiteData {
  const { data: path, heldOut, columns, trainFraction, splitSeed } = config
  return {
    path,
    classes,
    trainFraction,
    splitSeed,
    unknownLabels: tasks === undefined ? 'refuse' : 'leave-out',
    ...(heldOut !== undefined && { heldOutPath: heldOut }),
    ...(columns !== undefined && { columns }),
  }
}
