import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { PeermergeError } from '../../errors.ts'
import type { HomePaths } from '../home.ts'
import { keptMerges } from '../merge-files.ts'
import { checkedFile, readServing, serve, type Served, type Serving } from './served-model.ts'

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
  const serving = await readServing(paths.served)
  const earlier = serving?.earlier ?? []
  const found = await find(paths, earlier, digest)
  const { model, file } = found
  return await serve(paths.served, file, { ...model, since: now(), by: 'person', reason: 'rolled back by a person' }, 'nothing') // prettier-ignore
}

async function find(
  paths: HomePaths,
  earlier: readonly Served[],
  digest: string | undefined,
): Promise<{ readonly model: Omit<Served, 'sha256'>; readonly file: string }> {
  const served = digest === undefined ? earlier.slice(0, 1) : earlier.filter((one) => one.digest.startsWith(digest)) // prettier-ignore
  if (served.length === 1) return { model: served[0]!, file: await checkedFile(paths.served, served[0]!) }
  const kept = await keptMerges(paths.merges)
  const merges = digest === undefined ? [] : kept.filter((one) => one.startsWith(digest))
  const file = join(paths.merges, `${merges[0]}.safetensors`)
  if (served.length === 0 && merges.length === 1 && existsSync(file)) {
    return { model: { kind: 'merged', digest: merges[0]!, since: 0, by: 'person', reason: '', heldOut: null }, file } // prettier-ignore
  }
  throw noneOrSeveral(paths, digest, [...earlier.map((one) => one.digest), ...kept])
}

function noneOrSeveral(
  { root }: HomePaths,
  digest: string | undefined,
  known: readonly string[],
): PeermergeError {
  const names = [...new Set(known)].map((one) => one.slice(0, 12)).join(', ') || 'none'
  const asked = digest === undefined ? 'nothing was served before' : `expected the beginning of one digest, got ${digest}` // prettier-ignore
  return new PeermergeError('ERR_NO_SUCH_MODEL', `${root}: ${asked}; there are: ${names}`, { home: root, digest }) // prettier-ignore
}
