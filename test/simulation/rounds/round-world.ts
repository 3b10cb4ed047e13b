import { createHash } from 'node:crypto'
import { verifyCertificates } from '../../../src/gossip/rounds/verify-certificates.ts'
import type { Cut, OpenedMessage, RoundStart } from '../../../src/gossip/rounds/types.ts'
import { Scheduler } from '../scheduler.ts'
import { simIdentity } from '../sim-identities.ts'
import { RoundNode } from './round-node.ts'
import { RoundPlans } from './round-plans.ts'

export interface RoundReport {
  readonly violations: readonly string[]
  /** Of the longest certificate chain. */
  readonly rounds: number
  /** Rounds whose cut lacks somebody's contribution. */
  readonly partial: number
  /** Times that a node said to have nothing, and rounds that stood idle for a while. */
  readonly passes: number
  readonly idle: number
  readonly events: number
  readonly digest: string
}

export interface RoundWorldOptions {
  /** Virtual time in which things go wrong. @default 300,000 */
  readonly troubleMs?: number
  /** What must not be, so that a test sees it found: a crash takes the memory with it, and the node votes on; whether it notices what others say that it has said. */
  readonly forgets?: 'noticed' | 'unnoticed'
  readonly tell?: (line: string) => void
}

/** Messages to one neighbour that are lost, or come twice. */
const LOSS = 0.15
const TWICE = 0.1

/** Nodes that run rounds on a network that loses, delays, repeats and parts, while they crash, are set back, join and leave. */
export class RoundWorld {
  readonly scheduler: Scheduler
  readonly nodes: RoundNode[] = []
  readonly founders: string[] = []
  readonly founding = {
    consortium: sha256('rounds'),
    founders: this.founders,
    charter: sha256('charter'),
    agenda: 'the first step',
  }
  readonly #members = new Set<string>()
  readonly #pace = new Map<string, number>()
  readonly #side = new Map<string, number>()
  readonly #decided = new Map<number, Map<string, Cut>>()
  readonly #plans: RoundPlans
  readonly #violations: string[] = []
  readonly #options: RoundWorldOptions
  #hasForgotten = false

  constructor(seed: string, options: RoundWorldOptions) {
    this.scheduler = new Scheduler(seed, options.tell)
    this.#options = options
    this.#plans = new RoundPlans(this.scheduler)
  }

  static async run(seed: string, options: RoundWorldOptions = {}): Promise<RoundReport> {
    const world = new RoundWorld(seed, options)
    await world.#found()
    await world.#trouble()
    await world.#heal()
    return world.#report()
  }

  isMember(peer: string): boolean {
    return this.#members.has(peer)
  }

  members(): readonly string[] {
    return [...this.#members].sort()
  }

  isConnected(a: string, b: string): boolean {
    const other = this.nodes.find(({ identity }) => identity.peer === b)
    return this.#side.get(a) === this.#side.get(b) && other?.isUp === true
  }

  agenda({ identity }: RoundNode, { round }: RoundStart): string | null {
    return this.#plans.agenda(identity.peer, round)
  }

  hasNothing({ identity }: RoundNode, { round }: RoundStart): boolean {
    return this.#plans.of(identity.peer, round).passes
  }

  /** Whether it contributes: some that had passed do so all the same. */
  gives({ identity }: RoundNode, { round }: RoundStart): boolean {
    const { passes, changesItsMind } = this.#plans.of(identity.peer, round)
    return this.isMember(identity.peer) && (!passes || changesItsMind)
  }

  trainingMs(node: RoundNode): number {
    return this.#pace.get(node.identity.peer)! * this.scheduler.between(0.5, 2)
  }

  someoneFor(node: RoundNode): RoundNode | undefined {
    const { peer } = node.identity
    const others = this.nodes.filter((other) => other !== node && this.isConnected(peer, other.identity.peer))
    return others.length === 0 ? undefined : this.scheduler.pick(others)
  }

  broadcast(from: RoundNode, message: OpenedMessage): void {
    for (const wrong of this.#plans.wrongIn(message.message, from)) this.problem(wrong)
    this.#toOthers(from, (to) => to.receive(message))
  }

  contributed(from: RoundNode, round: number, id: string): void {
    this.#toOthers(from, (to) => to.hold(round, from.identity.peer, id))
  }

  decided(node: RoundNode, cut: Cut, digest: string): void {
    this.scheduler.note(node.identity.peer.slice(-4), `round ${cut.round} is ${digest.slice(0, 8)} of ${cut.contributions.length}`) // prettier-ignore
    const cuts = this.#decided.get(cut.round) ?? new Map<string, Cut>()
    this.#decided.set(cut.round, cuts.set(digest, cut))
    if (cuts.size > 1) this.problem(`round ${cut.round} has ${cuts.size} cuts`)
  }

  contradiction(first: OpenedMessage, second: OpenedMessage): void {
    const { author, word } = first.message
    this.problem(`${author} contradicts itself: ${word.type} and ${second.message.word.type}`)
  }

  /** Only one whose disk was set back may have. */
  forgotten({ identity }: RoundNode): void {
    if (this.#options.forgets !== 'unnoticed') this.problem(`${identity.peer} has forgotten`)
  }

  problem(text: string): void {
    this.#violations.push(text)
  }

  #toOthers(from: RoundNode, deliver: (to: RoundNode) => void): void {
    if (!from.isUp) return
    for (const to of this.nodes) {
      if (to === from || !this.isConnected(from.identity.peer, to.identity.peer)) continue
      const times = this.scheduler.chance(LOSS) ? 0 : this.scheduler.chance(TWICE) ? 2 : 1
      for (let i = 0; i < times; i++) {
        const slow = this.scheduler.chance(0.1) ? 20_000 : 300
        this.scheduler.after(this.scheduler.between(1, slow), () => to.clock?.after(0, () => deliver(to)))
      }
    }
  }

  async #found(): Promise<void> {
    const count = 1 + this.scheduler.below(5)
    for (let i = 0; i < count; i++) this.founders.push((await simIdentity(i)).peer)
    for (let i = 0; i < count; i++) await this.#add(i)
    for (const node of this.nodes) void node.boot()
  }

  async #add(number: number): Promise<RoundNode> {
    const node = new RoundNode(this, await simIdentity(number))
    const { peer } = node.identity
    this.#members.add(peer)
    this.#side.set(peer, 0)
    this.#pace.set(peer, this.scheduler.between(500, 15_000))
    this.nodes.push(node)
    return node
  }

  async #trouble(): Promise<void> {
    const until = this.#options.troubleMs ?? 300_000
    while (this.scheduler.now < until) {
      await this.scheduler.runUntil(this.scheduler.now + this.scheduler.between(0, 20_000))
      await this.#befall(this.scheduler.pick(this.nodes))
    }
  }

  async #befall(node: RoundNode): Promise<void> {
    const { peer } = node.identity
    const mishaps: Record<string, () => unknown> = {
      crash: () => this.#crash(node),
      boot: () => node.isUp || node.boot(),
      part: () => this.#side.set(peer, 1 + this.scheduler.below(2)),
      meet: () => this.#meet(),
      freeze: () => node.clock?.freeze(this.scheduler.between(0, 60_000)),
      'set back': () => this.#setBack(node),
      join: async () => this.nodes.length < 7 && void (await this.#add(this.nodes.length)).boot(),
      leave: () => this.#members.size > 3 && this.#members.delete(peer),
    }
    const what = this.scheduler.pick([...Object.keys(mishaps), 'crash', 'boot', 'boot', 'meet'])
    this.scheduler.note(peer.slice(-4), what)
    const done = mishaps[what]!()
    if (what === 'join') await done
  }

  #crash(node: RoundNode): void {
    node.crash()
    if (this.#options.forgets !== undefined) node.store.forget()
    node.store.isStubborn = this.#options.forgets === 'unnoticed'
  }

  #meet(): void {
    for (const peer of this.#side.keys()) this.#side.set(peer, 0)
  }

  /** Its disk is that of up to a minute ago. One in a run, and never of fewer than three: without a majority that remembers nothing goes on. */
  #setBack(node: RoundNode): void {
    if (this.#hasForgotten || this.founders.length < 3) return
    this.#hasForgotten = true
    const backup = node.store.backup()
    this.scheduler.after(this.scheduler.between(100, 60_000), () => {
      node.crash()
      node.store.restore(backup)
      void node.store.renew().then(() => node.boot())
    })
  }

  /** Everything works again: all that are members come to the same round, and go on. */
  async #heal(): Promise<void> {
    this.#meet()
    this.#plans.end()
    await this.scheduler.runUntil(this.scheduler.now + 61_000) // whoever is being set back or frozen
    for (const node of this.nodes) if (!node.isUp) void node.boot()
    const goal = 2 + Math.max(-1, ...this.#decided.keys())
    const isThere = (): boolean => this.#membersUp().every(({ engine }) => (engine?.round ?? -1) > goal)
    await this.scheduler.runUntil(this.scheduler.now + 3_600_000, isThere)
    if (!isThere()) this.problem(`after healing: ${this.#membersUp().map(({ engine }) => engine?.round).join()}, expected all beyond ${goal}`) // prettier-ignore
    for (const node of this.nodes) node.crash()
  }

  #membersUp(): readonly RoundNode[] {
    return this.nodes.filter(({ identity }) => this.#members.has(identity.peer))
  }

  async #report(): Promise<RoundReport> {
    for (const node of this.nodes) await this.#assertChain(node)
    const cuts = [...this.#decided.values()].map((of) => [...of.values()][0]!)
    return {
      violations: this.#violations,
      rounds: cuts.length,
      partial: cuts.filter(({ contributions, acceptors }) => contributions.length < acceptors.length).length,
      ...this.#plans.counts,
      events: this.scheduler.events,
      digest: this.scheduler.digest(),
    }
  }

  /** An outsider who knows the founding believes every certificate of every node. */
  async #assertChain({ store, identity }: RoundNode): Promise<void> {
    const { round: newest } = (await store.newest()) ?? { round: -1 }
    const certificates: Uint8Array[] = []
    for (let round = 0; round <= newest; round++) {
      const bytes = await store.certificate(round)
      if (bytes === null) return this.problem(`${identity.peer} has no certificate of round ${round}`)
      certificates.push(bytes)
    }
    const { decided } = await verifyCertificates(this.founding, certificates)
    for (const { cut, digest } of decided) {
      const { round } = cut
      if (!this.#decided.get(round)!.has(digest))
        this.problem(`round ${round}: a certificate that nobody told of`)
      if (!this.#plans.wasWanted(cut)) this.problem(`round ${round}: nobody wanted ${cut.agenda}`)
    }
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
