import { isAcceptor } from './certificate.ts'
import type { RoundBook } from './round-book.ts'
import { majority } from './synod.ts'
import type { Acceptor } from './types.ts'

/** One member that votes in the round under way, as this node sees it. */
export interface AcceptorStatus {
  readonly peer: string
  /** Its contribution is here whole, or it has said that nothing comes from it. */
  readonly did: 'contributed' | 'passed' | 'awaited'
  readonly hasVoted: boolean
  /** This node itself always is. */
  readonly isConnected: boolean
  /** Its memory was set back: it votes in no round until a cut names its new one. */
  readonly hasForgotten: boolean
}

/**
 * What the round waits for: for something to follow it (`idle`), for contributions, or for votes. `no-majority`: fewer can vote than are
 * needed; nothing is lost and it goes on when so many are back. `forgotten`: more than half have lost their memory, so that they never will be.
 */
export type RoundPhase = 'idle' | 'contributing' | 'voting' | 'no-majority' | 'forgotten'

export interface RoundStatus {
  readonly round: number
  readonly agenda: string
  readonly phase: RoundPhase
  readonly isAcceptor: boolean
  /** Which memory this node votes with. */
  readonly incarnation: string
  readonly acceptors: readonly AcceptorStatus[]
  /** Acceptors that cannot vote now: not connected, or set back. */
  readonly missing: readonly string[]
  /** Members that are there and vote from the next cut on, as it will name their memory: who has joined, and who was set back. */
  readonly joining: readonly string[]
  /** Later ballots that were tried. */
  readonly ballots: number
  /** Acceptors that can vote now, this node included, and how many must. */
  readonly able: number
  readonly needed: number
  readonly hasMajority: boolean
  /** Since this process has come to the round. */
  readonly underWayMs: number
}

export interface RoundFacts {
  readonly self: string
  readonly incarnation: string
  readonly book: RoundBook
  readonly held: ReadonlyMap<string, string>
  /** What is to follow. */
  readonly agenda: string | null
  readonly underWayMs: number
  isConnected(peer: string): boolean
}

export function statusOfRound(facts: RoundFacts): RoundStatus {
  const { book, self, incarnation } = facts
  const { round, agenda, acceptors } = book.start
  const all = acceptors.map((acceptor) => statusOfAcceptor(acceptor, facts))
  const missing = all.filter(({ isConnected, hasForgotten }) => !isConnected || hasForgotten)
  const needed = majority(all.length)
  const able = all.length - missing.length
  return {
    round,
    agenda,
    phase: phaseOf(all, able, needed, facts.agenda === null),
    isAcceptor: isNamed(acceptors, self, incarnation),
    incarnation,
    acceptors: all,
    missing: missing.map(({ peer }) => peer),
    joining: [...book.present()].filter(([peer, of]) => !isNamed(acceptors, peer, of)).map(([peer]) => peer),
    ballots: book.highest()?.number ?? 0,
    able,
    needed,
    hasMajority: able >= needed,
    underWayMs: facts.underWayMs,
  }
}

function isNamed(acceptors: readonly Acceptor[], peer: string, incarnation: string): boolean {
  return isAcceptor(acceptors, { author: peer, incarnation })
}

function statusOfAcceptor({ peer, incarnation }: Acceptor, facts: RoundFacts): AcceptorStatus {
  const { self, book, held } = facts
  const isSelf = peer === self
  const present = isSelf ? facts.incarnation : (book.present().get(peer) ?? incarnation)
  return {
    peer,
    did: held.has(peer) ? 'contributed' : book.passed().has(peer) ? 'passed' : 'awaited',
    hasVoted: book.voters().has(peer),
    isConnected: isSelf || facts.isConnected(peer),
    hasForgotten: present !== incarnation,
  }
}

function phaseOf(all: readonly AcceptorStatus[], able: number, needed: number, isIdle: boolean): RoundPhase {
  const remembering = all.filter(({ hasForgotten }) => !hasForgotten).length
  if (remembering < needed) return 'forgotten'
  if (able < needed) return 'no-majority'
  if (isIdle) return 'idle'
  return all.some(({ did }) => did === 'awaited') ? 'contributing' : 'voting'
}
