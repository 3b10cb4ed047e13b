import type { Identity } from '../../../src/gossip/index.ts'
import { RoundEngine } from '../../../src/gossip/rounds/round-engine.ts'
import { answerRounds, askRounds } from '../../../src/gossip/rounds/round-exchange.ts'
import type { OpenedMessage } from '../../../src/gossip/rounds/types.ts'
import { memoryFrames } from '../../helpers/gossip/memory-frames.ts'
import { ProcessClock } from '../process-clock.ts'
import { MemoryRoundStore } from './memory-round-store.ts'
import { contributionId } from './round-plans.ts'
import type { RoundWorld } from './round-world.ts'

/** A node asks one other this often. */
const ROUND_ASK_MS = 5_000

/** One home and the process that runs on it, if any. */
export class RoundNode {
  readonly identity: Identity
  readonly store: MemoryRoundStore
  readonly #world: RoundWorld
  /** By round: contributions that are here, by author. */
  readonly #held = new Map<number, Map<string, string>>()
  engine: RoundEngine | undefined
  /** Contributions that the engine saw when it last looked. */
  seen: ReadonlyMap<string, string> = new Map()
  clock: ProcessClock | undefined
  #stopping = new AbortController()
  /** Round that this process trains for. */
  #training = -1

  constructor(world: RoundWorld, identity: Identity) {
    this.#world = world
    this.identity = identity
    this.store = new MemoryRoundStore(world.scheduler)
  }

  get isUp(): boolean {
    return this.clock?.isAlive === true
  }

  async boot(): Promise<void> {
    const { scheduler, founding } = this.#world
    const clock = new ProcessClock(scheduler, scheduler.between(0.9, 1.1))
    this.clock = clock
    this.store.process = clock
    this.#stopping = new AbortController()
    this.#training = -1
    const { peer } = this.identity
    const engine = await RoundEngine.open({
      identity: this.identity,
      ...founding,
      store: this.store,
      source: {
        held: (round) => (this.seen = new Map(this.#heldOf(round))),
        isHeld: (id) => [...this.#held.values()].some((of) => [...of.values()].includes(id)),
        members: () => this.#world.members(),
        charter: () => founding.charter,
        agenda: (start) => this.#world.agenda(this, start),
        hasNothing: (start) => this.#world.hasNothing(this, start),
      },
      isConnected: (other) => this.#world.isConnected(peer, other),
      clock,
      random: () => scheduler.random(),
      signal: this.#stopping.signal,
      send: (message) => this.#world.broadcast(this, message),
      onDecided: (cut, digest) => {
        if (clock.isAlive) this.#world.decided(this, cut, digest)
        clock.after(0, () => this.#train())
      },
      onContradiction: (first, second) => this.#world.contradiction(first, second),
      onForgotten: () => this.#world.forgotten(this),
      onFailure: (error) => this.#world.problem(`${peer}: ${String(error)}`),
    })
    if (!clock.isAlive) return
    this.engine = engine
    this.#train()
    await engine.review()
    this.#askSomeone()
  }

  crash(): void {
    this.clock?.kill()
    this.#stopping.abort()
    this.engine = undefined
  }

  /** Something that another node has sent. */
  receive({ bytes }: OpenedMessage): void {
    this.engine?.take(bytes).catch((error: unknown) => this.#world.problem(String(error)))
  }

  /** A contribution has come. */
  hold(round: number, author: string, id: string): void {
    const of = this.#held.get(round) ?? new Map<string, string>()
    this.#held.set(round, of)
    if (id < (of.get(author) ?? '~')) of.set(author, id)
    void this.engine?.review()
  }

  heldAll(): ReadonlyMap<number, ReadonlyMap<string, string>> {
    return this.#held
  }

  /** Asks one other node for what is missing here, contributions too. */
  async ask(other: RoundNode): Promise<void> {
    const [mine, theirs] = memoryFrames()
    const { engine } = this
    if (engine === undefined || other.engine === undefined) return
    for (const [round, of] of other.heldAll()) for (const [author, id] of of) this.hold(round, author, id)
    const answered = answerRounds(theirs, other.engine, other.store).finally(() => theirs.close())
    await Promise.all([askRounds(mine, engine), answered])
  }

  #heldOf(round: number): ReadonlyMap<string, string> {
    return this.#held.get(round) ?? new Map()
  }

  /** One contribution for each round, after a while of training. */
  #train(): void {
    const { engine, clock } = this
    if (engine === undefined || clock === undefined) return
    const { round } = engine
    const { peer } = this.identity
    if (round === this.#training || this.#heldOf(round).has(peer) || !this.#world.gives(this, engine.start))
      return
    this.#training = round
    clock.after(this.#world.trainingMs(this), () => {
      const id = contributionId(peer, round)
      this.hold(round, peer, id)
      this.#world.contributed(this, round, id)
    })
  }

  #askSomeone(): void {
    const { clock } = this
    const other = this.#world.someoneFor(this)
    const asked = other === undefined ? Promise.resolve() : this.ask(other)
    asked.catch((error: unknown) => this.#world.problem(String(error)))
    clock?.after(ROUND_ASK_MS, () => {
      void this.engine?.review()
      this.#train()
      this.#askSomeone()
    })
  }
}
