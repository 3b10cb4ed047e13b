import type { ContributionHeader } from '../../merge/index.ts'
import type { LedgerState, Standing } from './types.ts'

/** Whether a contribution counts. The first objection is told: author, then number, then charter. */
export function standingOf(
  state: LedgerState,
  {
    consortium,
    charter,
    peer,
    sequence,
  }: Pick<ContributionHeader, 'consortium' | 'charter' | 'peer' | 'sequence'>,
): Standing {
  const former = state.former.get(peer)
  const isMember = state.members.has(peer)
  if (!isMember && former === undefined) return 'unknown-member'
  if (former !== undefined && isOutOfBounds(former, sequence, isMember)) return 'removed'
  if (state.equivocations.get(peer)?.has(sequence) === true) return 'equivocated'
  if (sequence <= (state.withdrawn.get(peer) ?? -1)) return 'withdrawn'
  if (state.charters.includes(charter)) return 'counts'
  return charter === consortium || state.charterBytes.has(charter) ? 'charter-ended' : 'charter-unknown'
}

/** Whoever came back starts anew: what was excluded stays so, what it makes from then on counts. */
function isOutOfBounds(
  { past, upTo }: { readonly past: 'keep' | 'exclude'; readonly upTo: number },
  sequence: number,
  isMember: boolean,
): boolean {
  if (isMember) return past === 'exclude' && sequence <= upTo
  return past === 'exclude' || sequence > upTo
}
