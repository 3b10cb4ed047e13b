import type { Accepted, AcceptorMemory, Ballot } from '../../../../src/gossip/rounds/synod.ts'
import * as synod from '../../../../src/gossip/rounds/synod.ts'

/** The rules under check; a test puts a wrong one in the place of one of them. */
export type Rules = Pick<typeof synod, 'promise' | 'accept' | 'votesNeeded' | 'boundCut' | 'majority'>

/** One small world: who votes, which cuts are offered in ballot 0, and the later ballots with the cut that each would choose freely. */
export interface World {
  readonly acceptors: number
  readonly open: readonly string[]
  readonly ballots: readonly { readonly ballot: Ballot; readonly wish: string }[]
  /** How often an acceptor may lose its memory; it abstains from then on. */
  readonly amnesia?: number
}

/** Messages are never taken back: each may reach anybody at any time, never, or more than once. */
interface State {
  readonly memories: readonly (AcceptorMemory | 'abstains')[]
  /** By ballot: what each acceptor said in its promise, or that it gave none. */
  readonly promises: readonly (readonly (Accepted | null | undefined)[])[]
  readonly proposals: readonly (string | undefined)[]
  /** Votes ever sent, as `acceptor ballot cut`. */
  readonly votes: readonly string[]
  readonly forgotten: number
}

export interface Outcome {
  readonly states: number
  /** Two cuts that were decided in one state; the search ends there. */
  readonly conflict: readonly string[] | null
  /** Cuts that were decided in some state. */
  readonly decided: ReadonlySet<string>
}

/** Visits every state that the world can reach. */
export function explore(world: World, rules: Rules = synod): Outcome {
  const start: State = {
    memories: Array<AcceptorMemory>(world.acceptors).fill(synod.FRESH_MEMORY),
    promises: world.ballots.map(() => Array<undefined>(world.acceptors).fill(undefined)),
    proposals: world.ballots.map(() => undefined),
    votes: [],
    forgotten: 0,
  }
  const seen = new Set([JSON.stringify(start)])
  const queue = [start]
  const everDecided = new Set<string>()
  for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
    const cuts = decidedCuts(state, world, rules)
    for (const cut of cuts) everDecided.add(cut)
    if (cuts.size > 1) return { states: seen.size, conflict: [...cuts], decided: everDecided }
    for (const next of successors(state, world, rules)) {
      const key = JSON.stringify(next)
      if (seen.has(key)) continue
      seen.add(key)
      queue.push(next)
    }
  }
  return { states: seen.size, conflict: null, decided: everDecided }
}

function decidedCuts({ votes }: State, { acceptors }: World, rules: Rules): ReadonlySet<string> {
  const counts = new Map<string, number>()
  for (const vote of votes) {
    const [, ballot, cut] = vote.split(' ')
    const key = `${ballot} ${cut}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const decided = new Set<string>()
  for (const [key, count] of counts) {
    const [number, cut] = key.split(' ') as [string, string]
    if (count >= rules.votesNeeded({ number: Number(number), proposer: '' }, acceptors)) decided.add(cut)
  }
  return decided
}

function* successors(state: State, world: World, rules: Rules): Generator<State> {
  for (let acceptor = 0; acceptor < world.acceptors; acceptor++) {
    const memory = state.memories[acceptor]!
    if (memory === 'abstains') continue
    if (state.forgotten < (world.amnesia ?? 0)) {
      yield { ...state, memories: state.memories.with(acceptor, 'abstains'), forgotten: state.forgotten + 1 }
    }
    for (const cut of world.open)
      yield* vote(state, acceptor, memory, { ballot: synod.OPEN_BALLOT, cut }, rules)
    for (const [i, { ballot }] of world.ballots.entries()) {
      yield* promise(state, acceptor, memory, i, ballot, rules)
      const cut = state.proposals[i]
      if (cut !== undefined) yield* vote(state, acceptor, memory, { ballot, cut }, rules)
    }
  }
  yield* proposals(state, world, rules)
}

function* vote(
  state: State,
  acceptor: number,
  memory: AcceptorMemory,
  accepted: Accepted,
  rules: Rules,
): Generator<State> {
  const next = rules.accept(memory, accepted)
  if (next === null) return
  const sent = `${acceptor} ${accepted.ballot.number} ${accepted.cut}`
  const votes = [...new Set([...state.votes, sent])].sort()
  yield { ...state, memories: state.memories.with(acceptor, next), votes }
}

function* promise(
  state: State,
  acceptor: number,
  memory: AcceptorMemory,
  index: number,
  ballot: Ballot,
  rules: Rules,
): Generator<State> {
  const next = rules.promise(memory, ballot)
  if (next === null) return
  const given = state.promises[index]!.with(acceptor, next.accepted)
  yield {
    ...state,
    memories: state.memories.with(acceptor, next),
    promises: state.promises.with(index, given),
  }
}

/** A proposer may see any majority of the promises that were given to it, and proposes once in a ballot. */
function* proposals(state: State, world: World, rules: Rules): Generator<State> {
  for (const [i, { wish }] of world.ballots.entries()) {
    if (state.proposals[i] !== undefined) continue
    for (const heard of subsets(state.promises[i]!.filter((accepted) => accepted !== undefined))) {
      if (heard.length < rules.majority(world.acceptors)) continue
      yield { ...state, proposals: state.proposals.with(i, rules.boundCut(heard) ?? wish) }
    }
  }
}

function subsets<T>(of: readonly T[]): readonly (readonly T[])[] {
  return of.reduce<readonly (readonly T[])[]>(
    (all, item) => [...all, ...all.map((some) => [...some, item])],
    [[]],
  )
}
