import { readFile } from 'node:fs/promises'
import { generateIdentity, identityFromBytes, identityToBytes, type Identity } from '../gossip/index.ts'
import { writeFileAtomic } from './atomic-file.ts'
import { InvalidFileError } from './errors.ts'
import { prepareHome, type HomePaths } from './home.ts'

/**
 * The private key of a home.
 *
 * @throws InvalidFileError - there is none, or its bytes are not a key
 */
export async function readIdentity(paths: HomePaths): Promise<Identity> {
  try {
    return identityFromBytes(await readFile(paths.identity))
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw new InvalidFileError(
      paths.identity,
      [`cannot be used (${problem}); peermerge identity makes one`],
      { cause },
    )
  }
}

/** Reads the key of a home, or makes one, readable by its owner only. */
export async function ensureIdentity(paths: HomePaths): Promise<Identity & { readonly created: boolean }> {
  await prepareHome(paths)
  const bytes = await readFile(paths.identity).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (bytes !== undefined) return { ...identityFromBytes(bytes), created: false }
  const identity = await generateIdentity()
  await writeFileAtomic(paths.identity, identityToBytes(identity), { mode: 0o600 })
  return { ...identity, created: true }
}
