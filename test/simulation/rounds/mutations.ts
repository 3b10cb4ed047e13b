import type { Mutation } from '../mutations.ts'

/** Faults in the rounds that some seed must find. */
export const ROUND_MUTATIONS: readonly Mutation[] = [
  {
    fault: 'a node votes though nothing is to follow',
    file: 'src/gossip/rounds/duties.ts',
    from: '  if (agenda === null) return null\n  const cut: Cut = { consortium, round, previous, contributions, ...plan, agenda }',
    to: "  const cut: Cut = { consortium, round, previous, contributions, ...plan, agenda: agenda ?? 'anything' }",
  },
  {
    fault: 'ballots are tried though nothing is to follow',
    file: 'src/gossip/rounds/ballot-timer.ts',
    from: 'if (source.agenda(book.start) === null) return this.#idle()',
    to: 'if (source.agenda(book.start) === undefined) return this.#idle()',
  },
  {
    fault: 'a contribution is left out because its author had passed',
    file: 'src/gossip/rounds/duties.ts',
    from: 'acceptors.map(({ peer }) => held.get(peer)).filter((id) => id !== undefined)',
    to: 'acceptors.map(({ peer }) => (passed.has(peer) ? undefined : held.get(peer))).filter((id) => id !== undefined)',
  },
  {
    fault: 'whoever is silent is taken to have passed',
    file: 'src/gossip/rounds/duties.ts',
    from: 'acceptors.every(({ peer }) => held.has(peer) || passed.has(peer))',
    to: 'acceptors.some(({ peer }) => held.has(peer) || passed.has(peer))',
  },
  {
    fault: 'a node passes in rounds that it trains for',
    file: 'src/gossip/rounds/greetings.ts',
    from: '!isSaid && source.hasNothing(book.start)',
    to: '!isSaid && source.members().length > 0',
  },
  {
    fault: 'two agendas in ballot 0 are one to a majority',
    file: 'src/gossip/rounds/synod.ts',
    from: 'return ballot.number === 0 ? acceptors : majority(acceptors)',
    to: 'return majority(acceptors)',
  },
  {
    fault: 'a home that was set back votes on with its old incarnation',
    file: 'test/simulation/rounds/round-world.ts',
    from: 'void node.store.renew().then(() => node.boot())',
    to: 'void node.boot()',
  },
]
