import { existsSync } from 'node:fs'
import type { HomePaths } from '../home.ts'
import { keptMerges, newestMerge } from '../merge-files.ts'
import { readServing } from '../serving/served-model.ts'
import type { ModelChoice } from './model-choice.ts'

/**
 * The model that a site answers by where nobody names one: what it serves; before anything was chosen the newest merge, and before there is one the site's own.
 *
 * @throws PeermergeError ERR_NO_MERGE - there is neither
 */
export async function defaultModel({
  merges,
  personal,
  served,
}: Pick<HomePaths, 'merges' | 'personal' | 'served'>): Promise<ModelChoice> {
  const serving = await readServing(served)
  if (serving !== undefined) return { kind: 'served', digest: serving.current.digest }
  const [newest] = await keptMerges(merges)
  if (newest === undefined && existsSync(personal)) return { kind: 'personal' }
  return { kind: 'merged', digest: newest ?? (await newestMerge(merges)) }
}
