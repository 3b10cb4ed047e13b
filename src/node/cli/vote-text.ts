import type { VoteReport } from '../membership/types.ts'

/** One line on what a vote has come to. */
export function voteText({ effective, votes, needed }: VoteReport, done: string, what: string): string {
  if (effective) return done
  const missing = needed - votes.length
  const others = missing === 1 ? 'one more member says' : `${missing} more members say`
  return `${what}: ${votes.length} of ${needed} votes (${votes.join(', ')}); in effect when ${others} so`
}
