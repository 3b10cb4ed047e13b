import { join } from 'node:path'
import { memorySource, openSafetensors, type Safetensors } from '../../../src/merge/index.ts'
import type { ContributionHeader } from '../../../src/merge/index.ts'
import { exportContributions } from '../../../src/node/bundle.ts'
import { charterDigest } from '../../../src/node/charter.ts'
import { readContributionFile } from '../../../src/node/contribution-file.ts'
import { readCharter, type HomePaths } from '../../../src/node/home.ts'

export interface Sent {
  readonly header: ContributionHeader
  readonly payload: Safetensors
}

/** All contributions that a stopped site holds, by their ids, as they travelled. */
export async function contributionsOf(paths: HomePaths): Promise<ReadonlyMap<string, Sent>> {
  const digest = charterDigest(await readCharter(paths))
  const files = await exportContributions(paths, join(paths.root, 'out'))
  const found = new Map<string, Sent>()
  for (const file of files) {
    const { id, header, payload } = await readContributionFile(file, digest)
    found.set(id, { header, payload: openSafetensors(memorySource(payload), file) })
  }
  return found
}
