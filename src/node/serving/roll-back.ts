import { join } from 'node:path'
import { PeermergeError } from '../../errors.ts'
import type { HomePaths } from '../home.ts'
import { keptMerges } from '../merge-files.ts'
import { checkedFile, readServing, serve, type Serving } from './served-model.ts'

/**
 * Serves an earlier model again, at once and without a look at what it gets right: one that was served before, as its file was then, or a merge
 * that the home keeps. Newer ones are left alone until a person chooses again.
 *
 * @param digest - the beginning of one is enough. @default the one before
 * @throws PeermergeError ERR_NO_SUCH_MODEL, ERR_SERVED_DAMAGED
 */
export async function rollBack(
  paths: HomePaths,
  digest: string | undefined,
  now: () => number,
): Promise<Serving> {
  const earlier = (await readServing(paths.served))?.earlier ?? []
  const kept = await keptMerges(paths.merges)
  const known = [...new Set([...earlier.map((one) => one.digest), ...kept])]
  const [chosen, ...others] = digest === undefined ? known.slice(0, earlier.length > 0 ? 1 : 0) : known.filter((one) => one.startsWith(digest)) // prettier-ignore
  if (chosen === undefined || others.length > 0) throw noneOrSeveral(paths, digest, known)
  const before = earlier.find((one) => one.digest === chosen)
  const file = before === undefined ? join(paths.merges, `${chosen}.safetensors`) : await checkedFile(paths.served, before) // prettier-ignore
  const { kind, heldOut } = before ?? { kind: 'merged', heldOut: null }
  const model = { kind, digest: chosen, since: now(), by: 'person', reason: 'rolled back by a person', heldOut } as const // prettier-ignore
  return await serve(paths.served, file, model, 'nothing')
}

function noneOrSeveral(
  { root }: HomePaths,
  digest: string | undefined,
  known: readonly string[],
): PeermergeError {
  const names = known.map((one) => one.slice(0, 12)).join(', ') || 'none'
  const asked =
    digest === undefined ? 'nothing was served before' : `expected the beginning of one digest, got ${digest}`
  return new PeermergeError('ERR_NO_SUCH_MODEL', `${root}: ${asked}; there are: ${names}`, {
    home: root,
    digest,
  })
}
