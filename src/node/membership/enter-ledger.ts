import { PeermergeError } from '../../errors.ts'
import type { Identity } from '../../gossip/index.ts'
import type { Charter } from '../charter.ts'
import type { HomePaths } from '../home.ts'
import { silentLogger } from '../logger.ts'
import { openSiteLedger } from '../site-ledger.ts'

/**
 * Keeps the ledger that a member sent in the newcomer's home.
 *
 * @throws PeermergeError ERR_BAD_LEDGER - what it says does not make this key a member: whoever sent it lies, or is broken
 */
export async function enterLedger(
  paths: HomePaths,
  founding: Charter,
  identity: Identity,
  statements: readonly Uint8Array[],
): Promise<void> {
  await using site = await openSiteLedger({ founding, identity, paths }, silentLogger())
  for (const bytes of statements) await site.ledger.enter(bytes, 'admission')
  if (site.ledger.isMember(identity.peer)) return
  const problem = `the ledger that came with the admission does not list ${identity.peer}; ask again, with another member's ticket`
  throw new PeermergeError('ERR_BAD_LEDGER', problem, { peer: identity.peer, statements: statements.length })
}
