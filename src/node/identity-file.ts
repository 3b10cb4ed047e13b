import { readFile } from 'node:fs/promises'
import { generateIdentity, identityFromBytes, identityToBytes, type Identity } from '../gossip/records.ts'
import { makeDirectory, writeFileAtomic } from './atomic-file.ts'
import type { HomePaths } from './home.ts'
import { beginIncarnation } from './incarnation-file.ts'
import { PeermergeError } from '../errors.ts'

type IdentityPaths = Pick<HomePaths, 'root' | 'identity' | 'incarnation'>

/** The home's own key; made at the first call, with which the home is born, and readable by its owner only. */
export async function openIdentity(paths: IdentityPaths): Promise<Identity> {
  return (await readIdentity(paths)) ?? (await keepIdentity(paths, await generateIdentity()))
}

/**
 * Takes a key that was made elsewhere, such as a container's secret, for a home that has none yet; of one that has it already nothing changes.
 *
 * @throws PeermergeError ERR_IDENTITY - the home has another key, which is never replaced, or the file holds none
 */
export async function adoptIdentity(paths: IdentityPaths, keyFile: string): Promise<Identity> {
  const given = identityFromBytes(await readFile(keyFile))
  const kept = await readIdentity(paths)
  if (kept === undefined) return keepIdentity(paths, given)
  if (kept.peer === given.peer) return kept
  const problem = `${paths.root}: has the key of ${kept.peer}, and ${keyFile} is that of ${given.peer}; a home keeps its key, so take another home`
  throw new PeermergeError('ERR_IDENTITY', problem, { kept: kept.peer, given: given.peer })
}

async function readIdentity(paths: IdentityPaths): Promise<Identity | undefined> {
  try {
    return identityFromBytes(await readFile(paths.identity))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function keepIdentity(paths: IdentityPaths, identity: Identity): Promise<Identity> {
  await makeDirectory(paths.root)
  await beginIncarnation(paths.incarnation, identity.peer)
  await writeFileAtomic(paths.identity, identityToBytes(identity), { mode: 0o600 })
  return identity
}
