/**
 * Single-decree Paxos, the part that must be right, as pure functions: which cut a round has. One instance for each round; its acceptors
 * are named by the cut of the round before. Faults are crashes, restarts with an intact memory, and messages lost, late, twice and out of
 * order. What a faulty signer could do is not survived, but proven (double-vote.ts).
 *
 * Ballot 0 needs no leader and no promises: everybody proposes the same explicit list, the one with everybody's contribution. Two lists
 * are possible there (a member that signs two contributions), so that it takes **all** acceptors to decide in it; then a later ballot whose
 * majority of promises shows another list, or none, knows that nothing was decided. Later ballots are classic.
 *
 * @see L. Lamport, Paxos Made Simple, ACM SIGACT News 32(4), 2001
 */
export interface Ballot {
  /** 0: everybody's. */
  readonly number: number
  /** Peer id; empty in ballot 0. */
  readonly proposer: string
}

export const OPEN_BALLOT: Ballot = { number: 0, proposer: '' }

/** A vote for a cut, by its digest. */
export interface Accepted {
  readonly ballot: Ballot
  readonly cut: string
}

/** What an acceptor must not forget: on disk before its word leaves. */
export interface AcceptorMemory {
  /** It votes in no lower ballot any more; null before the first. */
  readonly promised: Ballot | null
  /** Its last vote. */
  readonly accepted: Accepted | null
}

export const FRESH_MEMORY: AcceptorMemory = { promised: null, accepted: null }

/** By number, then by proposer, so that no two proposers share one. */
export function compareBallots(a: Ballot, b: Ballot): number {
  if (a.number !== b.number) return a.number - b.number
  return a.proposer === b.proposer ? 0 : a.proposer < b.proposer ? -1 : 1
}

/** The memory after a promise for `ballot`; null if it must not be given. What the memory had accepted goes with the promise. */
export function promise(memory: AcceptorMemory, ballot: Ballot): AcceptorMemory | null {
  if (ballot.number === 0) return null
  if (memory.promised !== null && compareBallots(memory.promised, ballot) >= 0) return null
  return { promised: ballot, accepted: memory.accepted }
}

/** The memory after a vote for `cut` in `ballot`; null if it must not be given. One vote in each ballot. */
export function accept(memory: AcceptorMemory, { ballot, cut }: Accepted): AcceptorMemory | null {
  if (memory.promised !== null && compareBallots(memory.promised, ballot) > 0) return null
  if (memory.accepted !== null && compareBallots(memory.accepted.ballot, ballot) >= 0) return null
  return { promised: ballot, accepted: { ballot, cut } }
}

/** How many of `acceptors` decide in a ballot: all in ballot 0, more than half later. */
export function votesNeeded(ballot: Ballot, acceptors: number): number {
  return ballot.number === 0 ? acceptors : majority(acceptors)
}

/** More than half. */
export function majority(acceptors: number): number {
  return Math.floor(acceptors / 2) + 1
}

/**
 * What a proposer may propose once `promises` (what each promising acceptor had accepted; one entry for each) are a majority: a digest that
 * an earlier ballot may have decided, or null for a free choice.
 */
export function boundCut(promises: readonly (Accepted | null)[]): string | null {
  const later = promises.filter((accepted) => accepted !== null && accepted.ballot.number > 0)
  if (later.length > 0) return later.reduce((a, b) => (compareBallots(a!.ballot, b!.ballot) < 0 ? b : a))!.cut
  const [first] = promises
  const isUnanimous = first != null && promises.every((accepted) => accepted?.cut === first.cut)
  return isUnanimous ? first.cut : null
}
