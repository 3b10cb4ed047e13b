import type { RoundBook } from './round-book.ts'
import type { Acceptor } from './types.ts'

/**
 * Who votes in the next round: members that have said which memory they vote with. Nobody left to vote would be the end: then all stays as
 * it is, and so it does where nothing has changed, in the same order.
 */
export function nextAcceptors(book: RoundBook, members: readonly string[]): readonly Acceptor[] {
  const { acceptors } = book.start
  const present = book.present()
  const incarnations = new Map(acceptors.map(({ peer, incarnation }) => [peer, incarnation]))
  const next = members.flatMap((peer) => {
    const incarnation = present.get(peer) ?? incarnations.get(peer)
    return incarnation === undefined ? [] : [{ peer, incarnation }]
  })
  return next.length > 0 && !sameAcceptors(next, acceptors) ? next : acceptors
}

/** In whatever order; nobody is twice in a list. */
export function sameAcceptors(a: readonly Acceptor[], b: readonly Acceptor[]): boolean {
  if (a.length !== b.length) return false
  const known = new Map(b.map(({ peer, incarnation }) => [peer, incarnation]))
  return a.every(({ peer, incarnation }) => known.get(peer) === incarnation)
}
