import { readFile } from 'node:fs/promises'
import { generateIdentity, identityFromBytes, identityToBytes, type Identity } from '../gossip/index.ts'
import { makeDirectory, writeFileAtomic } from './atomic-file.ts'
import type { HomePaths } from './home.ts'
import { beginIncarnation } from './incarnation-file.ts'

/** The home's own key; made at the first call, with which the home is born, and readable by its owner only. */
export async function openIdentity(
  paths: Pick<HomePaths, 'root' | 'identity' | 'incarnation'>,
): Promise<Identity> {
  try {
    return identityFromBytes(await readFile(paths.identity))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const identity = await generateIdentity()
  await makeDirectory(paths.root)
  await beginIncarnation(paths.incarnation, identity.peer)
  await writeFileAtomic(paths.identity, identityToBytes(identity), { mode: 0o600 })
  return identity
}
