import { charterDigest, type Charter } from '../charter.ts'
import { openSiteStore } from '../components.ts'
import { lockHome } from '../home-lock.ts'
import { prepareHome, readCharter, readConfig, type HomePaths, type SiteConfig } from '../home.ts'
import { openIdentity } from '../identity-file.ts'
import { silentLogger } from '../logger.ts'
import { readNetworkKey } from '../network-key-file.ts'
import { readPeers } from '../peers-file.ts'
import { openSiteLedger } from '../site-ledger.ts'
import { LastSeen } from '../status/last-seen.ts'
import { executeCommand, type MembershipCommand, type ResultOf } from './execute-command.ts'
import { placesOfStopped } from './known-places.ts'
import { membershipSite } from './membership-site.ts'
import { openDesk } from './open-desk.ts'

/**
 * Carries out a command at a home that no node runs. What it signs travels when the node runs next.
 *
 * @throws InvalidFileError - the home is not that of a site; HomeLockedError; whatever the command throws
 */
export async function executeStopped(
  paths: HomePaths,
  command: MembershipCommand,
): Promise<ResultOf<MembershipCommand>> {
  const founding = await readCharter(paths)
  const config = await readConfig(paths)
  await prepareHome(paths)
  const lock = await lockHome(paths.root, paths.lock)
  try {
    return await executeLocked(paths, founding, config, command)
  } finally {
    await lock.release()
  }
}

async function executeLocked(
  paths: HomePaths,
  founding: Charter,
  config: SiteConfig,
  command: MembershipCommand,
): Promise<ResultOf<MembershipCommand>> {
  const logger = silentLogger()
  const identity = await openIdentity(paths)
  await using opened = await openSiteLedger({ founding, identity, paths }, logger)
  await using store = await openSiteStore(paths, logger)
  const { ledger } = opened
  const site = { identity, consortium: charterDigest(founding), founding, ledger, paths }
  const lastSeen = await LastSeen.open({ file: paths.seen, logger, wallNow: Date.now })
  const known = (await readPeers(paths.peers, logger)).filter(({ peer }) => ledger.isMember(peer))
  const parts = {
    site,
    store,
    requests: await openDesk(site),
    networkKey: (await readNetworkKey(paths)) ?? null,
    places: () => placesOfStopped(identity.peer, config, known, (peer) => ledger.isMember(peer)),
    connected: () => undefined,
    lastSeen: (peer: string) => lastSeen.of(peer),
  }
  return await executeCommand(membershipSite(parts), command)
}
