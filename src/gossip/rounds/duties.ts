import { cutDigest, encodeCut } from './cut.ts'
import { sameAcceptors } from './next-acceptors.ts'
import type { RoundBook } from './round-book.ts'
import {
  accept,
  boundCut,
  compareBallots,
  majority,
  OPEN_BALLOT,
  promise,
  type AcceptorMemory,
  type Ballot,
} from './synod.ts'
import type { Cut, RoundStart, Word } from './types.ts'

/** What a node holds and wants when it votes. */
export interface RoundView {
  readonly consortium: string
  readonly book: RoundBook
  readonly memory: AcceptorMemory
  /** Contributions of this round that are here whole, by author. */
  readonly held: ReadonlyMap<string, string>
  /** What the next round should be. Without an agenda nothing is to follow yet: then this node waits, and votes for what others propose. */
  plan(): Pick<RoundStart, 'charter' | 'acceptors'> & { readonly agenda: string | null }
  /** Whether all that a cut lists is here whole: what is decided is then held by those who decided. */
  holdsAll(cut: Uint8Array): boolean
}

/** A word, and the memory that must be on disk before it leaves. */
export interface Utterance {
  readonly word: Word
  readonly memory: AcceptorMemory
}

/** What an acceptor has to say next, if anything: a vote for what is proposed, a promise for who asks, the open ballot's vote. */
export function acceptorDuty(view: RoundView): Utterance | null {
  return voteForProposal(view) ?? promiseToHighest(view) ?? openVote(view)
}

function voteForProposal(view: RoundView): Utterance | null {
  const { book, memory } = view
  const newestFirst = [...book.proposals()].sort((a, b) => compareBallots(b.ballot, a.ballot))
  for (const proposal of newestFirst) {
    const next = accept(memory, proposal)
    if (next !== null && view.holdsAll(book.cut(proposal.cut)!)) {
      return { word: { type: 'vote', ...proposal }, memory: next }
    }
  }
  return null
}

function promiseToHighest({ book, memory }: RoundView): Utterance | null {
  const ballot = book.highest()
  if (ballot === null) return null
  const next = promise(memory, ballot)
  return next && { word: { type: 'promise', ballot, accepted: next.accepted }, memory: next }
}

function openVote(view: RoundView): Utterance | null {
  if (view.memory.promised !== null) return null // it has voted or promised: no need to look
  const cut = openCut(view)
  if (cut === null) return null
  const vote = { ballot: OPEN_BALLOT, cut: cut.digest }
  const memory = accept(view.memory, vote)
  if (memory === null) return null
  view.book.addCut(cut.bytes)
  return { word: { type: 'vote', ...vote }, memory }
}

/**
 * What everybody gives, a contribution or a pass, and the agenda: the cut that all who hold the same arrive at by themselves. Null while
 * something is missing. Charter and acceptors stay as they are, while the agenda is another one in every round; where it differs, a later
 * ballot decides.
 */
function openCut(view: RoundView): { readonly bytes: Uint8Array; readonly digest: string } | null {
  const { held, book } = view
  const { acceptors, charter } = book.start
  const passed = book.passed()
  if (!acceptors.every(({ peer }) => held.has(peer) || passed.has(peer))) return null
  const plan = view.plan()
  if (charter !== plan.charter || !sameAcceptors(acceptors, plan.acceptors)) return null
  const contributions = acceptors.map(({ peer }) => held.get(peer)).filter((id) => id !== undefined)
  return encodedCut(view, contributions)
}

/** What a proposer may propose in its ballot; null while promises are missing, or the cut that it is bound to. */
export function proposal(view: RoundView, ballot: Ballot): Extract<Word, { type: 'propose' }> | null {
  const { book, held } = view
  const promises = book.promises(ballot)
  if (promises.length < majority(book.start.acceptors.length)) return null
  const bound = boundCut(promises)
  const cut = bound === null ? encodedCut(view, [...held.values()])?.bytes : book.cut(bound)
  return cut === undefined ? null : { type: 'propose', ballot, cut }
}

function encodedCut(
  view: RoundView,
  contributions: readonly string[],
): { bytes: Uint8Array; digest: string } | null {
  const { consortium, book } = view
  const { round, previous } = book.start
  const plan = view.plan()
  const { agenda } = plan
  if (agenda === null) return null
  const cut: Cut = { consortium, round, previous, contributions, ...plan, agenda }
  const bytes = encodeCut(cut)
  return { bytes, digest: cutDigest(bytes) }
}
