import { LIARS } from './liars.ts'
import { logInto } from './sim-logger.ts'
import type { Plan, TimedFault } from './plan.ts'
import { Scheduler } from './scheduler.ts'
import { LARGE, SMALL } from './sim-charters.ts'
import { SimConsortium } from './sim-consortium.ts'
import type { DiskImage } from './sim-disk.ts'
import { simIdentity } from './sim-identities.ts'
import { SimNode } from './sim-node.ts'
import { SimWorld } from './sim-world.ts'

const LIAR_ACTS_MS = { min: 2_000, max: 9_000 }
const RECONCILE_MS = { min: 3_000, max: 8_000 }

export interface SimulationOptions {
  readonly tell?: (line: string) => void
  readonly reconcileMs?: { readonly min: number; readonly max: number }
}

/** A consortium under a plan: its world, its nodes, and what goes wrong with them. */
export class Simulation {
  readonly scheduler: Scheduler
  readonly world: SimWorld
  readonly plan: Plan
  readonly consortium: SimConsortium
  readonly nodes: readonly SimNode[]
  /** What no product should do: errors logged, promises rejected. */
  readonly mishaps: string[] = []
  /** Contributions that no honest node may admit. */
  readonly forbidden = new Set<string>()
  /** Gone with the one disk that had it: when it is missing at the end, nothing was done wrong. */
  readonly excused = new Set<string>()
  #backups = new Map<number, DiskImage>()
  #isOver = false

  static async create(seed: string, plan: Plan, options: SimulationOptions = {}): Promise<Simulation> {
    const identities = await Promise.all(plan.nodes.map((_, i) => simIdentity(i)))
    return new Simulation(seed, plan, identities, options)
  }

  private constructor(
    seed: string,
    plan: Plan,
    identities: readonly Awaited<ReturnType<typeof simIdentity>>[],
    { tell, reconcileMs = RECONCILE_MS }: SimulationOptions,
  ) {
    this.plan = plan
    this.scheduler = new Scheduler(seed, tell)
    this.world = new SimWorld(this.scheduler)
    const members = identities.filter((_, i) => plan.nodes[i]!.isMember)
    this.consortium = new SimConsortium(members, plan.isLarge ? LARGE : SMALL)
    const names = new Set(members.map(({ peer }) => peer))
    this.nodes = plan.nodes.map(({ liar, isMember, ...said }, site) => {
      const conduct = liar === null ? {} : { conduct: LIARS[liar]!.conduct(this.scheduler) }
      return new SimNode({
        ...said,
        ...conduct,
        world: this.world,
        consortium: this.consortium,
        identity: identities[site]!,
        site,
        bootstrap: [0, 1].filter((one) => one !== site).map((one) => this.world.addressOf(one, 4001)),
        reconcileMs,
        logger: logInto(this.mishaps, this.scheduler, `node ${site}`, liar === null, tell !== undefined),
        isMember: isMember ? (peer) => names.has(peer) : () => true,
      })
    })
  }

  get honest(): SimNode[] {
    return this.nodes.filter((_, i) => this.plan.nodes[i]!.liar === null)
  }

  /** Nodes and faults come in their time, as the scheduler runs on; at `plan.activeMs` the last fault has begun. */
  start(): void {
    for (const node of this.nodes)
      this.scheduler.after(this.scheduler.between(0, 3_000), () => this.#boot(node))
    for (const [i, { liar }] of this.plan.nodes.entries())
      if (liar !== null) this.#actLater(this.nodes[i]!, liar)
    for (const fault of this.plan.faults) this.scheduler.after(fault.at, () => this.#befall(fault))
  }

  /** Good weather, all links whole, all nodes up; each honest one publishes once more. */
  heal(): void {
    this.scheduler.note('world', 'heals')
    Object.assign(this.world, { latencyMs: 5, jitter: 3, gossipLoss: 0 })
    for (const a of this.nodes) for (const b of this.nodes) if (a !== b) this.world.heal(a.peer, b.peer)
    for (const node of this.nodes) this.#boot(node)
    for (const node of this.honest) this.#publishWhenReady(node)
  }

  /** The liars go; what they have told stays. */
  async silenceLiars(): Promise<void> {
    this.#isOver = true
    for (const node of this.nodes) if (!this.honest.includes(node)) node.crash(false)
    await this.scheduler.runUntil(this.scheduler.now)
  }

  /** Runs to the end whatever happens in it. */
  attempt(what: string, job: () => Promise<unknown>): void {
    job().catch((thrown: unknown) => {
      const error = thrown as { code?: string; message?: string }
      if (error.code === 'ERR_STOPPED' || error.code === 'ERR_NOT_STARTED') return // stopped under way
      this.mishaps.push(`${what}: ${error.message}`)
    })
  }

  /** Frees what is still running. */
  end(): void {
    for (const node of this.nodes) node.crash(true)
  }

  /** Strangers have nothing to publish. */
  #publish(node: SimNode): void {
    if (this.consortium.has(node.peer)) this.attempt(`${node.name} publishes`, () => node.publish())
  }

  #boot(node: SimNode): void {
    if (this.#isOver && !this.honest.includes(node)) return
    this.attempt(`${node.name} boots`, () => node.boot())
  }

  #publishWhenReady(node: SimNode): void {
    const before = node.published.size
    this.#publish(node)
    this.scheduler.after(4_000, () => {
      if (node.published.size === before) this.#publishWhenReady(node)
    })
  }

  #actLater(node: SimNode, liar: string): void {
    this.scheduler.after(this.scheduler.between(LIAR_ACTS_MS.min, LIAR_ACTS_MS.max), () => {
      if (this.#isOver) return
      const { act } = LIARS[liar]!
      if (node.run !== undefined && act !== undefined) {
        this.attempt(`${liar} acts`, async () => {
          for (const id of await act(node)) this.forbidden.add(id)
        })
      }
      this.#actLater(node, liar)
    })
  }

  #befall(fault: TimedFault): void {
    this.scheduler.note('world', JSON.stringify(fault))
    switch (fault.kind) {
      case 'publish':
        return this.#publish(this.nodes[fault.node]!)
      case 'stop':
        this.attempt('stop', () => this.nodes[fault.node]!.stop())
        return this.#comesBack(this.nodes[fault.node]!, fault.downMs, fault.moves)
      case 'kill':
      case 'power-cut':
        this.nodes[fault.node]!.crash(fault.kind === 'power-cut')
        return this.#comesBack(this.nodes[fault.node]!, fault.downMs, fault.moves)
      case 'backup':
        this.#backups.set(fault.node, this.nodes[fault.node]!.disk.image())
        return
      case 'restore':
        return this.#restore(this.nodes[fault.node]!, fault.node, fault.downMs)
      case 'freeze':
        return this.nodes[fault.node]!.freeze(fault.forMs)
      case 'break':
        return this.world.breakLink(this.nodes[fault.a]!.peer, this.nodes[fault.b]!.peer)
      case 'cut':
      case 'silence':
        return this.#disturb([[fault.a, fault.b]], fault.kind, fault.forMs)
      case 'partition':
        return this.#disturb(this.#across(fault.side), fault.isSilent ? 'silence' : 'cut', fault.forMs)
      case 'weather':
        this.world.latencyMs = fault.latencyMs
        this.world.jitter = fault.jitter
        this.world.gossipLoss = fault.gossipLoss
    }
  }

  #across(side: readonly number[]): [number, number][] {
    const others = this.nodes.map((_, i) => i).filter((i) => !side.includes(i))
    return side.flatMap((a) => others.map((b): [number, number] => [a, b]))
  }

  #disturb(links: readonly (readonly [number, number])[], how: 'cut' | 'silence', forMs: number): void {
    for (const [i, j] of links) {
      const [a, b] = [this.nodes[i]!.peer, this.nodes[j]!.peer]
      if (how === 'cut') this.world.cut(a, b)
      else this.world.silence(a, b)
      this.scheduler.after(forMs, () => this.world.heal(a, b))
    }
  }

  #comesBack(node: SimNode, downMs: number, moves: boolean): void {
    if (moves) node.move()
    this.scheduler.after(downMs, () => this.#boot(node))
  }

  /** The disk of a node is replaced by an older copy; what only it had is gone, and nobody can be blamed. */
  #restore(node: SimNode, site: number, downMs: number): void {
    const image = this.#backups.get(site)
    if (image === undefined) return
    node.crash(false)
    const gone = [...node.disk.records.keys()].filter((id) => !image.records.has(id))
    const others = this.nodes.filter((one) => one !== node).map(({ disk }) => disk)
    for (const id of gone) if (!others.some((disk) => disk.isComplete(id))) this.excused.add(id)
    node.restore(image, gone.filter((id) => !others.some(({ records }) => records.has(id)))) // prettier-ignore
    this.#comesBack(node, downMs, false)
  }
}
