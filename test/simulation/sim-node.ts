import { setMaxListeners } from 'node:events'
import { HolderBook } from '../../src/gossip/blocks/holder-book.ts'
import { GossipNetwork } from '../../src/gossip/gossip-network.ts'
import { decodeEnvelope, type Identity, type ToldPeer } from '../../src/gossip/index.ts'
import { decodeHeader } from '../../src/merge/index.ts'
import { assembleContribution } from '../../src/node/assemble-contribution.ts'
import { createJudge } from '../../src/node/judge.ts'
import type { Logger } from '../../src/node/logger.ts'
import type { MergeClient } from '../../src/node/merge-client.ts'
import { announceOwn, publishDraft } from '../../src/node/publisher.ts'
import { sitePolicy } from '../../src/node/site-policy.ts'
import { openStoreOn } from '../../src/node/store.ts'
import type { NodeStore } from '../../src/node/types.ts'
import type { Conduct } from './conduct.ts'
import { ProcessClock } from './process-clock.ts'
import type { SimConsortium } from './sim-consortium.ts'
import { SimDisk, type DiskImage } from './sim-disk.ts'
import { SimHost } from './sim-host.ts'
import type { SimWorld } from './sim-world.ts'

export interface SimNodeInit {
  readonly world: SimWorld
  readonly consortium: SimConsortium
  readonly identity: Identity
  /** Its place among the nodes of the run. */
  readonly site: number
  readonly isReachable: boolean
  readonly lagMs: number
  /** Rate of its clock. */
  readonly clockRate: number
  readonly bootstrap: readonly string[]
  readonly reconcileMs: { readonly min: number; readonly max: number }
  readonly logger: Logger
  readonly conduct?: Conduct
  readonly isMember: (peer: string) => boolean
  readonly kept?: ReadonlySet<string>
}

/** One process of a node: from its start to its stop or its death. */
export interface NodeRun {
  readonly host: SimHost
  readonly process: ProcessClock
  readonly store: NodeStore
  readonly network: GossipNetwork
  readonly holders: HolderBook
  readonly stopping: AbortController
}

/** A node of the product on simulated disk, clock and network. Its processes come and go; disk and identity stay. */
export class SimNode {
  readonly init: SimNodeInit
  readonly peer: string
  readonly disk: SimDisk
  /** What the author knows to be durable, by id: its sequence number. */
  readonly published = new Map<string, number>()
  run: NodeRun | undefined
  #known: readonly ToldPeer[] = []
  #port = 4001
  #isPublishing = false

  constructor(init: SimNodeInit) {
    this.init = init
    this.peer = init.identity.peer
    this.disk = new SimDisk(init.world.scheduler)
  }

  get name(): string {
    return `${this.init.conduct === undefined ? 'node' : 'liar'} ${this.init.site}`
  }

  async boot(): Promise<void> {
    if (this.run !== undefined) return
    const { scheduler } = this.init.world
    scheduler.note(this.name, `starts with ${this.disk.records.size} records`)
    const process = new ProcessClock(scheduler, this.init.clockRate)
    const run = await this.#open(process)
    this.run = run
    await run.network.start()
    await announceOwn(run, this.peer)
  }

  /** Ends as on SIGTERM: what it has learnt of others is kept. */
  async stop(): Promise<void> {
    const { run } = this
    if (run === undefined) return
    this.init.world.scheduler.note(this.name, 'stops')
    this.run = undefined
    this.#isPublishing = false
    this.#known = run.network.knownPeers()
    await run.network.stop()
    await run.store.close()
    run.process.kill()
  }

  /** @param isSilent - the machine dies with the process, so that nobody is told */
  crash(isSilent: boolean): void {
    const { run } = this
    if (run === undefined) return
    this.init.world.scheduler.note(this.name, isSilent ? 'loses power' : 'is killed')
    this.run = undefined
    this.#isPublishing = false
    run.process.kill()
    this.init.world.died(run.process, isSilent)
  }

  freeze(ms: number): void {
    this.run?.process.freeze(ms)
    if (this.run !== undefined) this.init.world.frozen(this.run.process)
  }

  /** Where it listens from its next start on. */
  move(): void {
    this.#port++
  }

  /** The disk is as it was once; numbers that nobody else has seen are free again. */
  restore(image: DiskImage, unseen: readonly string[]): void {
    this.disk.restore(image)
    for (const id of unseen) this.published.delete(id)
  }

  admitted(): string[] {
    return this.run?.store.list('admitted').map(({ id }) => id) ?? []
  }

  /** Trains, so to speak, on what it has. */
  async publish(): Promise<void> {
    const { run } = this
    if (run === undefined || this.#isPublishing || !this.#knowsItsNumbers(run)) return
    this.#isPublishing = true
    try {
      await this.#publish(run)
    } finally {
      if (this.run === run) this.#isPublishing = false
    }
  }

  /** After a restore: whether all that others may have of it has come back. */
  #knowsItsNumbers({ store }: NodeRun): boolean {
    const next = store.nextSequence(this.peer)
    return [...this.published.values()].every((sequence) => sequence < next)
  }

  async #publish(run: NodeRun): Promise<void> {
    const { consortium, identity, site, world } = this.init
    const generation = 1 + Math.max(0, ...run.store.list('admitted').map(({ header }) => header.generation))
    const draft = consortium.draft(generation, site + this.published.size)
    await publishDraft(
      {
        charter: consortium.charter,
        identity,
        policy: sitePolicy(consortium.spec, {}),
        store: run.store,
        merges: this.#merges(),
        network: run.network,
        onStored: ({ id, header: { sequence } }) => {
          this.published.set(id, sequence)
          world.scheduler.note(this.name, `has published ${sequence}, generation ${generation}: ${id}`)
        },
      },
      draft,
      run.stopping.signal,
    )
  }

  async #open(process: ProcessClock): Promise<NodeRun> {
    const { world, consortium, logger, identity } = this.init
    const store = await openStoreOn(this.disk.mount(process), {
      readHeader: (envelope) => decodeHeader(decodeEnvelope(envelope).header),
      logger,
      onDropped: (ids) => this.run?.network.refetch(ids),
    })
    const stopping = new AbortController()
    setMaxListeners(Infinity, stopping.signal)
    const judge = createJudge({
      charter: consortium.charter,
      charterDigest: consortium.digest,
      spec: consortium.spec,
      store,
      merges: this.#merges(),
      logger,
      signal: stopping.signal,
      onVerdict: ({ id, header }, { kind }) => {
        const author = header.peer === this.peer ? 'own' : header.peer.slice(-6)
        world.scheduler.note(this.name, `${kind}s ${author} ${header.sequence}: ${id}`)
      },
    })
    const holders = new HolderBook(process)
    const host = this.#host(process, stopping.signal)
    const network = new GossipNetwork(
      {
        ...this.init,
        identity,
        consortium: consortium.digest,
        store,
        judge,
        clock: process,
        random: () => world.scheduler.random(),
        knownPeers: this.#known,
      },
      { host, conduct: holders, stopping },
    )
    network.events.on('rejected', (id, reason, from) => {
      world.scheduler.note(this.name, `refuses ${id ?? 'something'} from ${from.slice(-6)}: ${reason}`)
    })
    return { process, host, store, network, holders, stopping }
  }

  #host(process: ProcessClock, signal: AbortSignal): SimHost {
    const { world, site } = this.init
    return new SimHost({
      ...this.init,
      process,
      peer: this.peer,
      signal,
      address: world.addressOf(site, this.#port),
    })
  }

  #merges(): Pick<MergeClient, 'assemble' | 'validate'> {
    const { consortium } = this.init
    return {
      assemble: ({ charter, peer, sequence, draft, consortium: founding }) =>
        Promise.resolve(assembleContribution(charter, peer, sequence, draft, founding)),
      validate: async (files, options) => {
        options?.signal?.throwIfAborted() // as the thread that merges: a process that stops has let its disk go
        return Promise.resolve(consortium.validate(files, this.disk.chunks))
      },
    }
  }
}
