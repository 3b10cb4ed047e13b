import { access } from 'node:fs/promises'
import { PeermergeError } from '../../errors.ts'
import { charterDigest } from '../charter.ts'
import { readCharter, type HomePaths } from '../home.ts'

/**
 * A home belongs to one consortium.
 *
 * @throws PeermergeError ERR_HOME_TAKEN - it is of another one; ERR_ALREADY_JOINED
 */
export async function assertFreeHome(paths: HomePaths, consortium: string): Promise<void> {
  const isFree = await access(paths.charter).then(
    () => false,
    () => true,
  )
  if (isFree) return
  const digest = charterDigest(await readCharter(paths))
  if (digest === consortium) {
    const problem = `${paths.root}: this home has joined already; start it with peermerge run --home ${paths.root}`
    throw new PeermergeError('ERR_ALREADY_JOINED', problem, { home: paths.root })
  }
  const problem = `${paths.root}: this home belongs to the consortium ${digest.slice(0, 12)}, the ticket to ${consortium.slice(0, 12)}; give another --home`
  throw new PeermergeError('ERR_HOME_TAKEN', problem, { home: paths.root, digest, consortium })
}
