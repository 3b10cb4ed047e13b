import type { Greeting } from '../../../src/gossip/sync/greeting.ts'
import { setDigest } from '../../../src/gossip/sync/ranges.ts'
import { Reconciler } from '../../../src/gossip/sync/reconciler.ts'
import { syncWith } from '../../../src/gossip/sync/sync-client.ts'
import { SyncServer } from '../../../src/gossip/sync/sync-server.ts'
import type { Scheduler } from '../../simulation/scheduler.ts'
import { memoryFrames } from './memory-frames.ts'
import { MemorySet } from './memory-set.ts'
import { testLogger } from './swarm.ts'

/** A node that does nothing but reconcile. */
export class CrowdMember {
  readonly name: string
  readonly set = new MemorySet()
  readonly peers = new Set<CrowdMember>()
  readonly reconciler: Reconciler
  readonly #crowd: SyncCrowd
  readonly #server: SyncServer
  /** Never answers. */
  isSilent = false
  framesSent = 0
  bytesSent = 0

  constructor(crowd: SyncCrowd, name: string) {
    this.name = name
    this.#crowd = crowd
    const { scheduler, signal } = crowd
    const random = (): number => scheduler.random()
    const logger = testLogger(name)
    this.reconciler = new Reconciler({
      self: name,
      logger,
      signal,
      random,
      clock: { now: () => scheduler.now, after: (ms, action) => scheduler.after(ms, action) },
      connectedPeers: () => [...this.peers].map((peer) => peer.name),
      syncWith: (peer) => this.#syncWith(crowd.named(peer)),
      onTick: () => Promise.resolve(),
    })
    this.#server = new SyncServer({
      consortium: 'c',
      sets: [this.set],
      random,
      logger,
      greeting: () => this.#greeting(),
      onGreeting: () => undefined,
      onEnded: (peer, moved) => {
        this.reconciler.met(peer)
        if (moved > 0) this.reconciler.stir()
      },
      onViolation: (_, error) => crowd.violations.push(error),
    })
  }

  connect(other: CrowdMember): void {
    this.peers.add(other)
    other.peers.add(this)
    this.reconciler.connected(other.name)
    other.reconciler.connected(this.name)
  }

  async #syncWith(peer: CrowdMember): ReturnType<typeof syncWith> {
    if (peer.isSilent) {
      this.#sent(300)
      await this.#crowd.scheduler.sleep(10_000)
      throw new Error('silence')
    }
    const { scheduler } = this.#crowd
    const [client, remote] = memoryFrames((bytes) => {
      this.#sent(bytes / 2) // of both directions, half each
      peer.#sent(bytes / 2)
    })
    await scheduler.sleep(20)
    void peer.#server.serve(remote, this.name)
    return syncWith(client, {
      consortium: 'c',
      peer: peer.name,
      greeting: this.#greeting(),
      sets: [this.set],
      random: () => scheduler.random(),
      onGreeting: () => undefined,
      isSettled: () => false,
      onSettled: () => undefined,
    })
  }

  #sent(bytes: number): void {
    this.framesSent += 0.5
    this.bytesSent += bytes
  }

  #greeting(): Greeting {
    const offered = this.set.offered()
    return {
      sets: [{ name: this.set.name, digest: setDigest(offered), count: offered.size }],
      addresses: [],
      peers: [],
      yourSequence: 0,
      ledgerHead: null,
      heard: 0,
      receipt: new Uint8Array(0),
    }
  }
}

/** Many nodes that reconcile in memory and in virtual time. */
export class SyncCrowd {
  readonly scheduler: Scheduler
  readonly members: CrowdMember[] = []
  readonly violations: Error[] = []
  readonly #named: ReadonlyMap<string, CrowdMember>
  readonly #stopping = new AbortController()

  constructor(scheduler: Scheduler, count: number) {
    this.scheduler = scheduler
    for (let i = 0; i < count; i++)
      this.members.push(new CrowdMember(this, `member ${String(i).padStart(4, '0')}`))
    this.#named = new Map(this.members.map((member) => [member.name, member]))
  }

  get signal(): AbortSignal {
    return this.#stopping.signal
  }

  named(name: string): CrowdMember {
    return this.#named.get(name)!
  }

  start(): void {
    for (const { reconciler } of this.members) reconciler.start()
  }

  stop(): void {
    this.#stopping.abort(new Error('the test is over'))
  }

  /** Runs for so long; frames and bytes that each node sent meanwhile, per second. */
  async load(ms: number): Promise<{ readonly frames: readonly number[]; readonly bytes: readonly number[] }> {
    const before = this.members.map(({ framesSent, bytesSent }) => ({ framesSent, bytesSent }))
    await this.scheduler.runUntil(this.scheduler.now + ms)
    const rate = (now: number, then: number): number => (now - then) / (ms / 1000)
    return {
      frames: this.members.map(({ framesSent }, i) => rate(framesSent, before[i]!.framesSent)),
      bytes: this.members.map(({ bytesSent }, i) => rate(bytesSent, before[i]!.bytesSent)),
    }
  }

  areEqual(): boolean {
    const [first] = this.members.filter(({ isSilent }) => !isSilent)
    const digest = setDigest(first!.set.ids)
    return this.members.every(({ set, isSilent }) => isSilent || setDigest(set.ids) === digest)
  }
}
