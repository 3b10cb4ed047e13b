import type {
  Identity,
  NetworkRounds,
  RoundFounding,
  RoundsInit,
  RoundSource,
  RoundStart,
} from '../../../src/gossip/index.ts'
import { CONSORTIUM, sha256 } from './contributions.ts'
import { PlainRoundStore } from './plain-round-store.ts'
import { Swarm, type TestNode } from './swarm.ts'

/** Contributions are names only: whoever shares a `Table` holds what is on it. */
export class Table {
  readonly #given = new Map<number, Map<string, string>>()
  readonly onGiven: () => void

  constructor(onGiven: () => void) {
    this.onGiven = onGiven
  }

  give(round: number, author: string): void {
    const of = this.#given.get(round) ?? new Map<string, string>()
    if (of.has(author)) return
    this.#given.set(round, of.set(author, sha256(`${author} ${round}`)))
    this.onGiven()
  }

  of(round: number): ReadonlyMap<string, string> {
    return this.#given.get(round) ?? new Map()
  }
}

const BALLOT_MS = { min: 500, max: 30_000 }

/** What a node says of itself; may be changed at any time, with a review. */
export class TestSource implements RoundSource {
  readonly #swarm: RoundSwarm
  readonly #peer: string
  /** Before this round something follows. */
  until = 5
  /** Contributes to each round at once. */
  isDiligent = true
  passes = false
  agendaOf = (round: number): string => `step ${round + 1}`

  constructor(swarm: RoundSwarm, peer: string) {
    this.#swarm = swarm
    this.#peer = peer
  }

  held(round: number): ReadonlyMap<string, string> {
    if (this.isDiligent && !this.passes && round < this.until) this.#swarm.table.give(round, this.#peer)
    return this.#swarm.table.of(round)
  }

  isHeld(): boolean {
    return true
  }

  members(): readonly string[] {
    return [...this.#swarm.members].sort()
  }

  charter(): string {
    return sha256('charter')
  }

  agenda({ round }: RoundStart): string | null {
    return round < this.until ? this.agendaOf(round) : null
  }

  hasNothing(): boolean {
    return this.passes
  }
}

export interface RoundTestNode extends TestNode {
  readonly rounds: NetworkRounds
  readonly source: TestSource
  readonly roundStore: PlainRoundStore
}

export interface RoundNodeOptions {
  readonly identity: Identity
  readonly roundStore?: PlainRoundStore
  readonly source?: TestSource
  /** @default ten times as fast as outside of tests */
  readonly ballotMs?: RoundsInit['ballotMs']
}

/** A swarm that decides rounds. */
export class RoundSwarm extends Swarm {
  readonly table = new Table(() => this.reviewAll())
  readonly founders: Identity[] = []
  /** Signed words that contradict each other, by author. */
  readonly contradictions: string[] = []

  reviewAll(): void {
    for (const { network } of this.nodes) void network.rounds?.review()
  }

  get founding(): RoundFounding {
    const founders = this.founders.map(({ peer }) => peer)
    return { consortium: CONSORTIUM, founders, charter: sha256('charter'), agenda: 'step 0' }
  }

  static async of(count: number): Promise<RoundSwarm> {
    const swarm = new RoundSwarm()
    for (let i = 0; i < count; i++) swarm.founders.push(await swarm.identity())
    return swarm
  }

  /** All that founded it, each with a source that says something up to this round. */
  async startFounders({
    until = 5,
    ...options
  }: { until?: number } & Pick<RoundNodeOptions, 'ballotMs'> = {}): Promise<RoundTestNode[]> {
    const nodes = []
    for (const identity of this.founders) {
      const source = new TestSource(this, identity.peer)
      source.until = until
      nodes.push(await this.roundNode({ identity, source, ...options }))
    }
    return nodes
  }

  async stopNode(node: TestNode): Promise<void> {
    this.nodes.splice(
      this.nodes.findIndex(({ network }) => network === node.network),
      1,
    )
    await node.network.stop()
  }

  /** The same home, in another process. */
  async restart(node: RoundTestNode): Promise<RoundTestNode> {
    await this.stopNode(node)
    const { identity, roundStore, source } = node
    return await this.roundNode({ identity, roundStore, source })
  }

  async roundNode({ identity, ...options }: RoundNodeOptions): Promise<RoundTestNode> {
    const { roundStore = new PlainRoundStore(), source = new TestSource(this, identity.peer) } = options
    const { ballotMs = BALLOT_MS } = options
    const bootstrap = this.nodes.flatMap(({ network }) => network.addresses())
    const { founders, charter, agenda } = this.founding
    const rounds = { founders, charter, agenda, store: roundStore, source, ballotMs }
    const node = await this.node({ identity, bootstrap, rounds, start: false })
    node.network.events.on('round-contradiction', (author) => this.contradictions.push(author))
    await node.network.start()
    return { ...node, rounds: node.network.rounds!, source, roundStore }
  }
}
