import type { CausalIndex } from './causal-index.ts'
import type { PastSet } from './past-set.ts'
import type { FormerMember, Genesis, LedgerMember } from './types.ts'

export interface Membership extends LedgerMember {
  /** Statements that brought it in; whatever it signs follows one of them. Null for founding members. */
  readonly entries: number[] | null
}

/** How a membership ended. */
export interface Ending {
  readonly former: FormerMember
  /** Left, or changed its key, by its own word. */
  readonly isOwn: boolean
  /** Statements that say so, late votes too. */
  readonly votes: number[]
  /** So many of them are needed to know of it. */
  readonly needed: number
  /** What the counted votes knew; nothing else of the removed counts. */
  readonly known: PastSet
}

/** Who is and who was a member at one point of the fold. */
export class FoldMembers {
  readonly members = new Map<string, Membership>()
  readonly endings = new Map<string, Ending>()
  readonly #index: CausalIndex

  constructor(index: CausalIndex, genesis: Genesis) {
    this.#index = index
    for (const { id, name } of genesis.members) {
      this.members.set(id, { id, name, by: null, invitedBy: null, contributes: true, entries: null })
    }
  }

  /** Why the author of a statement has no say in it; null if it has. */
  objection(author: string, number: number): string | null {
    const past = this.#index.pastOf(number)
    const member = this.members.get(author)
    if (member !== undefined && isKnownTo(member, past)) return null
    const ending = this.endings.get(author)
    if (ending === undefined) return 'not-a-member'
    const knewIt = past.countOf(ending.votes) >= ending.needed
    if (knewIt) return 'not-a-member'
    return ending.isOwn && member === undefined ? null : 'overruled'
  }

  /** Whether someone who knew this much can bring in a peer: whoever was removed comes back only with the removal in mind. */
  mayEnter(peer: string, past: PastSet): boolean {
    const ending = this.endings.get(peer)
    return ending === undefined || past.countOf(ending.votes) >= ending.needed
  }

  enter(member: Membership): void {
    this.members.set(member.id, member)
  }

  /** Whether a member contributes or only listens. Returns why there is no effect. */
  part(peer: string, contributes: boolean): string | null {
    const member = this.members.get(peer)
    if (member === undefined) return 'superseded' // it has left meanwhile
    if (member.contributes === contributes) return 'known'
    this.members.set(peer, { ...member, contributes })
    return null
  }

  end(ending: Ending): void {
    this.members.delete(ending.former.id)
    this.endings.set(ending.former.id, ending)
  }

  /** Members of whom someone knew who knew this much: those who came meanwhile do not make a vote harder. */
  electorate(known: PastSet): string[] {
    return [...this.members.values()].filter((member) => isKnownTo(member, known)).map(({ id }) => id)
  }
}

export function isKnownTo({ entries }: Membership, past: PastSet): boolean {
  return entries === null || past.hasAny(entries)
}
