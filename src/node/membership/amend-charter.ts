import { assertRoundsGoOn } from '../staged/rounds-go-on.ts'
import { PeermergeError } from '../../errors.ts'
import { charterBytes, charterDigest, digestOfBytes, parseCharter } from '../charter.ts'
import type { CommandOf } from '../command-request.ts'
import type { MembershipSite, VoteReport } from './types.ts'
import { vote } from './vote.ts'

export interface AmendReport extends VoteReport {
  /** Digest of the charter that is voted on. */
  readonly charter: string
}

/** A vote for another charter after the one in force. @throws InvalidFileError, PeermergeError ERR_SAME_CHARTER, ERR_NOT_A_MEMBER */
export async function amendCharter(
  site: MembershipSite,
  { charter: text, carries }: CommandOf<'amend'>,
): Promise<AmendReport> {
  const next = parseCharter(text, 'the new charter')
  const charter = charterDigest(next)
  const from = site.ledger.state.charter
  if (charter === from) {
    const problem = `amend: charter ${charter.slice(0, 12)} is in force already; change the file first`
    throw new PeermergeError('ERR_SAME_CHARTER', problem, { charter })
  }
  const carried = new Set(carries === 'contributions' ? site.ledger.state.charters : [])
  assertRoundsGoOn(site.founding, { charter: next, charterDigest: charter, carried })
  const report = await vote(site, {
    action: { type: 'amend', from, charter: charterBytes(next), carries },
    isSame: (other) =>
      other.type === 'amend' && other.carries === carries && digestOfBytes(other.charter) === charter,
    isDone: (state) => state.charter === charter,
  })
  return { charter, ...report }
}
