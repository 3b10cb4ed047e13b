import type { RoundStatus } from '../../gossip/index.ts'
import { namesInOrder } from '../member-name.ts'
import { duration } from './duration.ts'

/** Names in one line; JSON has all of them. */
const MOST_NAMES = 8

/** What the round under way waits for and what is lost meanwhile, which is nothing, in one line; `nameOf` says how people call a member. */
export function describeRound(status: RoundStatus, nameOf: (peer: string) => string): string {
  const { round, agenda, underWayMs } = status
  const since = underWayMs < 1_000 ? '' : ` for ${duration(underWayMs)}`
  return `round ${round} (${agenda})${since}: ${whatItIs(status, nameOf)}`
}

function whatItIs(status: RoundStatus, nameOf: (peer: string) => string): string {
  const { phase, acceptors, ballots } = status
  const names = (peers: readonly string[]): string => listed(namesInOrder(peers, nameOf))
  switch (phase) {
    case 'idle':
      return 'nothing is to follow it yet'
    case 'contributing':
      return `waits for contributions of ${names(peersWhere(acceptors, ({ did }) => did === 'awaited'))}`
    case 'voting': {
      const tries = ballots === 0 ? '' : `, ballot ${ballots}`
      return `all is there; waits for votes of ${names(peersWhere(acceptors, ({ hasVoted }) => !hasVoted))}${tries}`
    }
    case 'no-majority':
      return `${shortOf(status)}: ${names(status.missing)} ${isOrAre(status.missing)} missing; nothing is lost, and the round goes on when so many are back`
    case 'forgotten': {
      const set = peersWhere(acceptors, ({ hasForgotten }) => hasForgotten)
      return `${names(set)} may not vote in it, restored from a copy that has forgotten what they said; ${needs(status)}, so that it cannot be decided any more. What was decided before stays`
    }
  }
}

/** `1 of 3 members that vote is there, 2 must`; of two members both must. */
function shortOf({ able, acceptors, needed }: RoundStatus): string {
  if (acceptors.length === 2) return 'with two members that vote both must be there'
  return `${able} of ${acceptors.length} members that vote ${able === 1 ? 'is' : 'are'} there, ${needed} must`
}

function needs({ acceptors, needed }: RoundStatus): string {
  return acceptors.length === 2 ? 'of two members both must vote' : `${needed} of ${acceptors.length} must`
}

function peersWhere<T extends { readonly peer: string }>(
  of: readonly T[],
  is: (one: T) => boolean,
): string[] {
  return of.filter(is).map(({ peer }) => peer)
}

function isOrAre(of: readonly unknown[]): string {
  return of.length === 1 ? 'is' : 'are'
}

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMES
  return names.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
