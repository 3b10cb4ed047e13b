import { PastSet } from './past-set.ts'
import type { AmendAction, Proposal, RemoveAction, ReplaceAction } from './types.ts'

export type Vote = RemoveAction | ReplaceAction | AmendAction

/** Votes for one proposal, one a member. */
export class Ballot {
  readonly key: string
  /** By voter. */
  readonly votes = new Map<string, { readonly number: number; readonly action: Vote }>()
  /** What the voters knew, together. */
  readonly known = new PastSet()

  constructor(key: string) {
    this.key = key
  }

  add(voter: string, number: number, action: Vote, past: PastSet): void {
    this.votes.set(voter, { number, action })
    this.known.addAll(past)
  }

  /** Votes of those who may vote, and how many it takes: more than half of them. */
  count(electorate: readonly string[]): { readonly voters: string[]; readonly needed: number } {
    const voters = electorate.filter((peer) => this.votes.has(peer)).sort()
    return { voters, needed: Math.floor(electorate.length / 2) + 1 }
  }

  /** What these voters decide together: the greatest number of any, `keep` only if all say so. */
  decision(voters: readonly string[]): Vote {
    const actions = voters.map((voter) => this.votes.get(voter)!.action)
    const first = actions[0] ?? this.anyAction()
    if (first.type === 'amend') return first
    const upTo = Math.max(first.upTo, ...actions.map((action) => (action.type === 'amend' ? 0 : action.upTo)))
    if (first.type === 'replace') return { ...first, upTo }
    const isKept = actions.every((action) => action.type === 'remove' && action.past === 'keep')
    return { ...first, upTo, past: isKept ? 'keep' : 'exclude' }
  }

  /** All votes are for the same thing. */
  anyAction(): Vote {
    const [vote] = this.votes.values()
    return vote!.action
  }

  proposal(electorate: readonly string[]): Proposal {
    const { voters, needed } = this.count(electorate)
    return { action: this.decision(voters), votes: voters, needed }
  }
}

/** Votes with one key are for the same thing. Removals sort first. */
export function ballotKey(action: Vote, charter: string | null): string {
  switch (action.type) {
    case 'remove':
      return `0 remove ${action.peer}`
    case 'replace':
      return `1 replace ${action.peer} ${action.next}`
    case 'amend':
      return `2 amend ${action.from} ${charter} ${action.carries}`
  }
}
