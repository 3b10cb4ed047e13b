import { Ledger, type FormerMember, type Identity } from '../gossip/records.ts'
import { PeermergeError } from '../errors.ts'
import { charterDigest, parseCharterBytes, type Charter } from './charter.ts'
import type { OpenSite, Site } from './components.ts'
import type { HomePaths } from './home.ts'
import { openLedgerStore } from './ledger-store.ts'
import { namespaced, type Logger } from './logger.ts'
import { siteUnder } from './site-under.ts'
import { counted } from './units.ts'

export interface SiteLedger extends AsyncDisposable {
  readonly ledger: Ledger
  readonly close: () => Promise<void>
}

/**
 * A site with its ledger, under the charter in force or an earlier one. The ledger has to be closed after everything that uses it.
 *
 * @param under - digest of the charter to go by. @default the one in force
 */
export async function openSite(
  site: Site,
  logger: Logger,
  under?: string,
): Promise<{ readonly site: OpenSite; readonly close: () => Promise<void> }> {
  const { charter, identity, paths } = site
  const { ledger, close } = await openSiteLedger({ founding: charter, identity, paths }, logger)
  try {
    return { site: siteUnder(site, ledger, under), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The ledger of a home. `founding` is the charter that the consortium was founded with. */
export async function openSiteLedger(
  { founding, identity, paths }: { founding: Charter; identity: Identity; paths: Pick<HomePaths, 'ledger'> },
  logger: Logger,
): Promise<SiteLedger> {
  const store = await openLedgerStore(paths.ledger)
  try {
    const ledger = await Ledger.open({
      genesis: { consortium: charterDigest(founding), members: founding.members },
      identity,
      store,
      logger: namespaced(logger, 'gossip'),
      checkCharter: (bytes) => void parseCharterBytes(bytes, 'the amended charter'),
    })
    const close = async (): Promise<void> => {
      await ledger.close()
      await store.close()
    }
    return { ledger, close, [Symbol.asyncDispose]: close }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** Names who removed this site, if somebody has. @throws PeermergeError ERR_REMOVED, ERR_NOT_A_MEMBER */
export function assertMember({ state }: Pick<Ledger, 'state'>, peer: string): void {
  if (state.members.has(peer)) return
  const former = state.former.get(peer)
  if (former === undefined) {
    const problem = `peer id ${peer} is none of the ${counted(state.members.size, 'member')} of the ledger`
    throw new PeermergeError('ERR_NOT_A_MEMBER', `${problem}; ask a member for a ticket (peermerge invite)`, {
      peer,
    })
  }
  const nameOf = (id: string): string => state.members.get(id)?.name ?? state.former.get(id)?.name ?? id
  const by = former.removedBy.map(nameOf)
  const problem =
    former.replacedBy !== null
      ? `another key has taken the place of ${former.name}`
      : former.removedBy.join() === peer
        ? `${former.name} has left the consortium`
        : `${former.name} was removed by ${by.join(', ')}`
  throw new PeermergeError(
    'ERR_REMOVED',
    `${problem}; ${whatCounts(former, state.withdrawn.get(peer) ?? 0)}`,
    {
      peer,
      by,
      past: former.past,
      upTo: former.upTo,
    },
  )
}

function whatCounts({ past, upTo }: Pick<FormerMember, 'past' | 'upTo'>, withdrawn: number): string {
  if (past === 'exclude' || upTo <= withdrawn) return 'its contributions count no more'
  const from = withdrawn === 0 ? '' : `after number ${withdrawn} and `
  return `its contributions ${from}up to number ${upTo} still count`
}
