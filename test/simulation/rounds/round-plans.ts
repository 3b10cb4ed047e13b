import { createHash } from 'node:crypto'
import { decodeCut } from '../../../src/gossip/rounds/cut.ts'
import type { Cut, RoundMessage } from '../../../src/gossip/rounds/types.ts'
import type { Scheduler } from '../scheduler.ts'
import type { RoundNode } from './round-node.ts'

/** What one node has in mind for one round. */
interface Plan {
  /** From when on it knows what is to follow. */
  readonly knowsAt: number
  readonly agenda: string
  readonly passes: boolean
  readonly changesItsMind: boolean
}

/** What the layer above says to each node in each round: when something is to follow and what, and who has nothing to give. */
export class RoundPlans {
  readonly #scheduler: Scheduler
  readonly #plans = new Map<string, Plan>()
  /** When the first knows what is to follow, by round, and whether all agree on it. */
  readonly #rounds = new Map<number, { readonly idleUntil: number; readonly isDisputed: boolean }>()
  readonly #wanted = new Set<string>()
  readonly #passed = new Set<string>()
  readonly #voted = new Set<string>()
  #hasEnded = false

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  get counts(): { readonly passes: number; readonly idle: number } {
    return {
      passes: this.#passed.size,
      idle: [...this.#rounds.values()].filter(({ idleUntil }) => idleUntil > 0).length,
    }
  }

  of(peer: string, round: number): Plan {
    const key = `${round} ${peer}`
    const plan = this.#plans.get(key) ?? this.#draw(round)
    this.#plans.set(key, plan)
    return plan
  }

  agenda(peer: string, round: number): string | null {
    const { knowsAt, agenda } = this.of(peer, round)
    if (this.#scheduler.now < knowsAt) return null
    this.#wanted.add(`${round} ${agenda}`)
    return agenda
  }

  /** No round stands idle any more. */
  end(): void {
    this.#hasEnded = true
    this.#plans.clear()
  }

  wasWanted({ round, agenda }: Cut): boolean {
    return this.#wanted.has(`${round} ${agenda}`)
  }

  /** What a node must not say: a vote in ballot 0, or a call for promises, while nothing is to follow; a cut without what it holds, or without somebody who has not passed. */
  *wrongIn({ author, round, word, consortium }: RoundMessage, node: RoundNode): Generator<string> {
    if (word.type === 'pass') {
      if (!this.of(author, round).passes) yield `${author} passes in round ${round}, and has something`
      this.#passed.add(`${round} ${author}`)
    }
    const isOpen = word.type === 'vote' && word.ballot.number === 0
    if (!isOpen && word.type !== 'prepare') return
    if (this.agenda(author, round) === null)
      yield `${author} says ${word.type} in round ${round}, which is idle`
    if (isOpen && this.#isFirst(`${round} ${author}`)) {
      yield* this.#wrongInOpen(decodeCut(node.engine!.book.cut(word.cut)!, consortium), node)
    }
  }

  /** What was said before a restart was right then. */
  #isFirst(vote: string): boolean {
    const isFirst = !this.#voted.has(vote)
    this.#voted.add(vote)
    return isFirst
  }

  *#wrongInOpen({ round, contributions }: Cut, node: RoundNode): Generator<string> {
    for (const { peer } of node.engine!.start.acceptors) {
      if (contributions.includes(contributionId(peer, round))) continue
      if (!this.#passed.has(`${round} ${peer}`)) yield `round ${round}: ballot 0 without ${peer}`
      if (node.seen.has(peer)) yield `round ${round}: what ${peer} gave is left out for its pass`
    }
  }

  #draw(round: number): Plan {
    const scheduler = this.#scheduler
    const { idleUntil, isDisputed } = this.#round(round)
    return {
      knowsAt: this.#hasEnded ? 0 : idleUntil + scheduler.between(0, 5_000),
      agenda: `step ${round + 1}${isDisputed && scheduler.chance(0.5) ? ', or another' : ''}`,
      passes: scheduler.chance(0.2),
      changesItsMind: scheduler.chance(0.2),
    }
  }

  #round(round: number): { readonly idleUntil: number; readonly isDisputed: boolean } {
    const scheduler = this.#scheduler
    const known = this.#rounds.get(round)
    const drawn = known ?? {
      idleUntil: scheduler.chance(0.15) ? scheduler.now + scheduler.between(0, 60_000) : 0,
      isDisputed: scheduler.chance(0.2),
    }
    this.#rounds.set(round, drawn)
    return drawn
  }
}

export function contributionId(peer: string, round: number): string {
  return createHash('sha256').update(`${peer} ${round}`).digest('hex')
}
