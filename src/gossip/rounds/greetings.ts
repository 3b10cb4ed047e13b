import type { RoundBook } from './round-book.ts'
import type { RoundSource } from './round-types.ts'
import type { Word } from './types.ts'

/** A member whose memory no cut names says that it is there, once in a round. */
export function presentDue(
  peer: string,
  incarnation: string,
  book: RoundBook,
  source: Pick<RoundSource, 'members'>,
): Word | null {
  const isDue = book.present().get(peer) !== incarnation && source.members().includes(peer)
  return isDue ? { type: 'present' } : null
}

/** One that votes and has nothing to give says so, once in a round, so that nobody waits for it. */
export function passDue(
  peer: string,
  book: RoundBook,
  source: Pick<RoundSource, 'held' | 'hasNothing'>,
): Word | null {
  const isSaid = book.passed().has(peer) || source.held(book.start.round).has(peer)
  return !isSaid && source.hasNothing(book.start) ? { type: 'pass' } : null
}
