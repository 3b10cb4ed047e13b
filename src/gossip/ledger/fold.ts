import { charterOf, equivocationOf, taskOf, ticketOf } from './action-facts.ts'
import { Ballot, ballotKey, type Vote } from './ballot.ts'
import type { CausalIndex } from './causal-index.ts'
import { FoldCharters } from './fold-charters.ts'
import { FoldMembers, isKnownTo } from './fold-members.ts'
import { FoldTasks } from './fold-tasks.ts'
import { PastSet } from './past-set.ts'
import type { AddAction, AmendAction, Genesis, RemoveAction, ReplaceAction, TaskAction } from './types.ts'

/** A removal or replacement that took effect. It stays, whatever becomes of its voters later in the order. */
export interface Decision {
  /** The statement at which it took effect. */
  readonly at: number
  readonly action: RemoveAction | ReplaceAction
  readonly votes: readonly { readonly voter: string; readonly number: number }[]
}

/** What earlier runs over the same statements have found. */
export interface Findings {
  readonly decisions: Decision[]
  /** Statements of removed peers that no counted vote knew. */
  readonly overruled: Set<number>
}

/**
 * Applies statements one after another. When a removal shows that an earlier statement must not have counted, `isStale` becomes true: all
 * has to be applied again, with what has been found.
 */
export class Fold {
  readonly members: FoldMembers
  readonly charters: FoldCharters
  readonly tasks = new FoldTasks()
  readonly ballots = new Map<string, Ballot>()
  readonly void = new Map<number, string>()
  readonly withdrawn = new Map<string, number>()
  readonly equivocations = new Map<string, Set<number>>()
  readonly tickets = new Map<string, number>()
  isStale = false
  readonly findings: Findings
  readonly #consortium: string
  readonly #index: CausalIndex
  readonly #counted: Set<number>
  readonly #decidedAt = new Map<number, Decision[]>()
  readonly #applied = new Map<string, number[]>()
  readonly #touched = new Set<string>()

  constructor(index: CausalIndex, genesis: Genesis, findings: Findings) {
    this.#index = index
    this.findings = findings
    this.#consortium = genesis.consortium
    this.members = new FoldMembers(index, genesis)
    this.charters = new FoldCharters(genesis.consortium)
    this.#counted = new Set(findings.decisions.flatMap(({ votes }) => votes.map(({ number }) => number)))
    for (const decision of findings.decisions) {
      this.#decidedAt.set(decision.at, [...(this.#decidedAt.get(decision.at) ?? []), decision])
    }
  }

  apply(number: number): void {
    const { author } = this.#index.statements[number]!.statement
    if (!this.#counted.has(number)) {
      const reason = this.#effect(number)
      if (reason !== null) this.void.set(number, reason)
    }
    const own = this.#applied.get(author)
    if (own === undefined) this.#applied.set(author, [number])
    else own.push(number)
    for (const decision of this.#decidedAt.get(number) ?? []) this.#enact(decision)
    this.#recount(number)
  }

  /** Takes the effect; returns why there is none. */
  #effect(number: number): string | null {
    const { author, action } = this.#index.statements[number]!.statement
    if (action.type === 'equivocation') return this.#equivocation(equivocationOf(action))
    if (this.findings.overruled.has(number)) return 'overruled'
    const objection = this.members.objection(author, number)
    if (action.type === 'withdraw') return this.#withdraw(author, action.upTo, objection)
    if (objection !== null) return objection
    switch (action.type) {
      case 'add':
        return this.#add(number, author, action)
      case 'remove':
      case 'replace':
        return action.peer === author ? this.#leave(number, action) : this.#vote(number, author, action)
      case 'amend':
        return this.#vote(number, author, action)
      case 'task':
        return this.#task(author, action)
      case 'part':
        return this.members.part(author, action.contributes)
    }
  }

  #equivocation({ peer, sequence }: { peer: string; sequence: number }): string | null {
    const numbers = this.equivocations.get(peer) ?? new Set()
    if (numbers.has(sequence)) return 'known'
    this.equivocations.set(peer, numbers.add(sequence))
    return null
  }

  /** Whoever has left by itself may still withdraw. */
  #withdraw(author: string, upTo: number, objection: string | null): string | null {
    if (objection !== null && this.members.endings.get(author)?.isOwn !== true) return objection
    this.withdrawn.set(author, Math.max(upTo, this.withdrawn.get(author) ?? 0))
    return null
  }

  /** Whoever left meanwhile may still have opened one, and holds nothing of it. */
  #task(author: string, action: TaskAction): string | null {
    const site = this.members.members.has(author) ? author : null
    return this.tasks.say(taskOf(action, this.#consortium), action, author, site)
  }

  #add(number: number, author: string, action: AddAction): string | null {
    const { peer, name } = action
    const member = this.members.members.get(peer)
    if (member !== undefined) {
      member.entries?.push(number)
      return 'already-a-member'
    }
    if (!this.members.mayEnter(peer, this.#index.pastOf(number))) return 'overruled'
    const ticket = ticketOf(action)
    if (ticket !== null) {
      const used = this.tickets.get(ticket.digest) ?? 0
      if (used >= ticket.uses) return 'ticket-used-up'
      this.tickets.set(ticket.digest, used + 1)
    }
    const by = this.#idOf(number)
    this.members.enter({ id: peer, name, by, invitedBy: author, contributes: true, entries: [number] })
    return null
  }

  #leave(number: number, action: RemoveAction | ReplaceAction): string | null {
    if (!this.members.members.has(action.peer) || this.#isTaken(action)) return 'superseded'
    this.#end(action, [{ voter: action.peer, number }], number, true)
    return null
  }

  #vote(number: number, author: string, action: Vote): string | null {
    const reason = this.#objectionTo(action, number)
    if (reason !== null) return reason
    const charter = action.type === 'amend' ? charterOf(action) : null
    if (charter !== null && !this.charters.mayVote(author, (action as AmendAction).from))
      return 'already-voted'
    const key = ballotKey(action, charter)
    const ballot = this.ballots.get(key) ?? new Ballot(key)
    if (ballot.votes.has(author)) return 'already-voted'
    ballot.add(author, number, action, this.#index.pastOf(number))
    this.ballots.set(key, ballot)
    this.#touched.add(key)
    return null
  }

  #objectionTo(action: Vote, number: number): string | null {
    if (action.type === 'amend') return this.charters.objection(action.from, charterOf(action))
    const member = this.members.members.get(action.peer)
    if (member !== undefined) {
      return isKnownTo(member, this.#index.pastOf(number)) && !this.#isTaken(action) ? null : 'superseded'
    }
    const ending = this.members.endings.get(action.peer)
    if (ending === undefined) return 'no-such-member'
    if (ending.isOwn && action.type === 'remove') return null
    if (action.type === 'remove') ending.votes.push(number)
    return 'superseded'
  }

  /** Whether the key that is to take the place has a history here. */
  #isTaken(action: RemoveAction | ReplaceAction): boolean {
    if (action.type === 'remove') return false
    return this.members.members.has(action.next) || this.members.endings.has(action.next)
  }

  /** Whatever just happened may have decided a vote, and that another. */
  #recount(number: number): void {
    while (this.#touched.size > 0) {
      const [key] = [...this.#touched].sort()
      this.#touched.delete(key!)
      const ballot = this.ballots.get(key!)
      if (ballot !== undefined) this.#decide(ballot, number)
    }
  }

  #decide(ballot: Ballot, number: number): void {
    const { voters, needed } = ballot.count(this.members.electorate(ballot.known))
    if (voters.length < needed) return
    const action = ballot.decision(voters)
    if (action.type === 'amend') {
      if (action.from !== this.charters.current) return
      this.ballots.delete(ballot.key) // its votes have had their effect; those for another successor have not
      this.#amend(action)
      return
    }
    const votes = voters.map((voter) => ({ voter, number: ballot.votes.get(voter)!.number }))
    const decision = { at: number, action, votes }
    this.findings.decisions.push(decision)
    for (const vote of votes) this.#counted.add(vote.number)
    this.ballots.delete(ballot.key)
    this.#enact(decision)
  }

  #enact({ at, action, votes }: Decision): void {
    const isFormer = this.members.endings.get(action.peer)?.isOwn === true
    const canEnd = this.members.members.has(action.peer) || (isFormer && action.type === 'remove')
    if (canEnd && !this.#isTaken(action)) this.#end(action, votes, at, false)
  }

  #amend(action: AmendAction): void {
    this.charters.amend(action)
    for (const ballot of [...this.ballots.values()]) {
      const vote = ballot.anyAction()
      if (vote.type !== 'amend') continue
      if (vote.from === action.from) this.#drop(ballot)
      else this.#touched.add(ballot.key)
    }
  }

  #end(
    action: RemoveAction | ReplaceAction,
    votes: readonly { readonly voter: string; readonly number: number }[],
    at: number,
    isOwn: boolean,
  ): void {
    const { peer, upTo } = action
    const member = this.members.members.get(peer)
    const { name } = member ?? this.members.endings.get(peer)!.former
    const known = new PastSet()
    for (const { number } of votes) known.addAll(this.#index.pastOf(number))
    const past = action.type === 'replace' ? 'keep' : action.past
    const removedBy = votes.map(({ voter }) => voter).sort()
    const replacedBy = action.type === 'replace' ? action.next : null
    const former = { id: peer, name, past, upTo, removedBy, replacedBy } as const
    const numbers = votes.map(({ number }) => number)
    this.members.end({ former, isOwn, votes: numbers, needed: numbers.length, known })
    this.#closeBallots(peer)
    this.tasks.end(peer, replacedBy)
    if (replacedBy !== null) {
      const invitedBy = this.#index.statements[at]!.statement.author
      const [by, contributes] = [this.#idOf(at), member?.contributes ?? true]
      this.members.enter({ id: replacedBy, name, by, invitedBy, contributes, entries: [...numbers] })
    }
    if (!isOwn) this.#overrule(peer, known)
  }

  /** Votes on one who is gone are moot, and so are its own. */
  #closeBallots(peer: string): void {
    for (const ballot of [...this.ballots.values()]) {
      const action = ballot.anyAction()
      if (action.type !== 'amend' && action.peer === peer) this.#drop(ballot)
      else if (ballot.votes.delete(peer) && ballot.votes.size === 0) this.ballots.delete(ballot.key)
      else this.#touched.add(ballot.key)
    }
  }

  #drop(ballot: Ballot): void {
    this.ballots.delete(ballot.key)
    for (const { number } of ballot.votes.values()) {
      if (!this.#counted.has(number)) this.void.set(number, 'superseded')
    }
  }

  #overrule(peer: string, known: PastSet): void {
    const { overruled } = this.findings
    for (const number of this.#applied.get(peer) ?? []) {
      if (known.has(number) || this.#counted.has(number) || overruled.has(number)) continue
      overruled.add(number)
      this.isStale = true
    }
  }

  #idOf(number: number): string {
    return this.#index.statements[number]!.id
  }
}
