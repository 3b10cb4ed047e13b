import type { Ledger } from '../gossip/index.ts'
import { carriedCharters, charterInForce } from './carried-charters.ts'
import type { OpenSite, Site } from './components.ts'
import { LedgerRoster } from './roster.ts'
import { assertRoundsGoOn } from './staged/rounds-go-on.ts'
import { specUnder } from './spec-under.ts'

/**
 * A site by one charter of its ledger: the one in force, or an earlier one where a site cannot go by that. `founding` is the site as its
 * home says it, under the founding charter.
 *
 * @throws InvalidFileError, MergeSpecError, PeermergeError ERR_ROUNDS_AMENDED
 */
export function siteUnder(founding: Site, ledger: Ledger, digest = ledger.state.charter): OpenSite {
  const charter = charterInForce({ ...ledger.state, charter: digest }, founding.charter)
  const carried = carriedCharters(ledger.state, founding.charter, digest)
  assertRoundsGoOn(founding.charter, { charter, charterDigest: digest, carried })
  const roster = new LedgerRoster(ledger, new Set([digest, ...carried.keys()]))
  return {
    ...founding,
    charter,
    charterDigest: digest,
    spec: specUnder(charter, ledger.state),
    carried,
    ledger,
    tasks: roster.tasks,
    roster,
  }
}
