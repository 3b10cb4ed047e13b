import { PeermergeError } from '../errors.ts'
import type { MergeSpec } from '../merge/index.ts'
import type { SiteData } from '../training/index.ts'
import type { SiteConfig } from './home.ts'

/**
 * What a site trains on, by its settings: its samples of these classes. Where tasks have been opened, others may be to come, and samples of
 * their classes are left out and named; else a label that nobody knows is a mistake.
 *
 * @throws PeermergeError ERR_NO_DATA - it has none
 */
export function siteDataOf(
  { classes, tasks }: Pick<MergeSpec, 'classes' | 'tasks'>,
  config: SiteConfig,
): SiteData {
  const { heldOut, columns, trainFraction, splitSeed } = config
  const path = pathOfData(config)
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

/** Where a site's samples are. @throws PeermergeError ERR_NO_DATA */
export function pathOfData({ name, data }: Pick<SiteConfig, 'name' | 'data'>): string {
  if (data !== undefined) return data
  const text = `${name} has no data, as it only listens: set data in its config.json`
  throw new PeermergeError('ERR_NO_DATA', text, { site: name })
}

/** What a site that publishes nothing says of itself. */
export function listensText({ data }: Pick<SiteConfig, 'data'>): string {
  const without = ' and has no data: merges are not scored here, and the newest one answers'
  return `this site only listens${data === undefined ? without : ''}`
}
