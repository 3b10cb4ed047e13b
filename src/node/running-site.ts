import type { Network, PendingRequest, Verdict } from '../gossip/index.ts'
import type { ProcessUsage } from '../training/index.ts'
import { examineRunning } from './doctor/examine-site.ts'
import type { DoctorFacts } from './doctor/types.ts'
import { ServedPayloads } from './egress/served-payloads.ts'
import type { FittedSite } from './fit-site.ts'
import { tellHoldings, type ToldHoldings } from './holdings/tell-holdings.ts'
import type { MergeClient } from './merge-client.ts'
import type { MergeSource } from './merge-source.ts'
import { EquivocationEvents } from './membership/equivocation-events.ts'
import { MemberEvents } from './membership/member-events.ts'
import { requestReport } from './membership/members-report.ts'
import { placesOfRunning } from './membership/known-places.ts'
import { membershipSite } from './membership/membership-site.ts'
import type { MembershipSite } from './membership/types.ts'
import { TaskEvents } from './membership/task-events.ts'
import { memberName } from './member-name.ts'
import { noticeOf } from './node-status.ts'
import { openSiteParts, type SiteParts } from './open-site-parts.ts'
import { writePeers } from './peers-file.ts'
import type { Problems } from './problems.ts'
import type { OutboxDesk } from './outbox/outbox-desk.ts'
import { announceOwn } from './publisher.ts'
import type { RunningSiteInit } from './running-site-init.ts'
import type { SiteMerge } from './site-merge.ts'
import { declarePart } from './schedule/declare-part.ts'
import type { HeldOutFigures } from './scores/held-out-figures.ts'
import { ServedNow } from './serving/served-now.ts'
import type { ScoreBook } from './scores/score-book.ts'
import { sharedScores } from './scores/shared-scores.ts'
import type { LastSeen } from './status/last-seen.ts'
import { NetworkWatch } from './status/network-watch.ts'
import { tellRounds } from './status/round-events.ts'
import type { NodeStore, StoredContribution } from './types.ts'
import { WatchedFile } from './watched-file.ts'
import { keptHelpSchema } from './who-helps/kept-help.ts'
import { counted } from './units.ts'
import { Workshop } from './workshop.ts'

/** The parts of a node that runs, wired to each other: what arrives is merged, what is merged is trained on. */
export class RunningSite {
  readonly store: NodeStore
  readonly network: Network
  readonly problems: Problems
  readonly lastSeen: LastSeen
  readonly scores: ScoreBook
  readonly servedNow: ServedNow
  readonly helpNow: WatchedFile<typeof keptHelpSchema>
  readonly figures: HeldOutFigures
  readonly site: FittedSite
  /** Who fetches what this site has contributed. */
  readonly served: ServedPayloads
  /** What waits for a person's word before it leaves. */
  readonly outbox: OutboxDesk
  /** As the membership commands see this site. */
  readonly membership: MembershipSite
  readonly #init: RunningSiteInit
  readonly #memberEvents: MemberEvents
  readonly #equivocationEvents: EquivocationEvents
  readonly #taskEvents: TaskEvents
  readonly #merges: MergeClient
  readonly #workshop: Workshop
  readonly #watch: NetworkWatch
  readonly #roundStore: SiteParts['roundStore']
  #hasStarted = false

  /** @throws whatever its parts throw; nothing stays open then */
  static async open(init: RunningSiteInit): Promise<RunningSite> {
    const opened: { site?: RunningSite } = {}
    const parts = await openSiteParts(init, {
      onDropped: (ids) => opened.site?.onDropped(ids),
      onVerdict: (contribution, verdict) => opened.site?.onVerdict(contribution, verdict),
      onRequest: (request) => opened.site?.onRequest(request),
      staged: {
        chain: () => opened.site!.staged!.merge.chain,
        termsAt: (round) => opened.site!.staged!.merge.termsAt(round),
        hasNothing: (task, phase) => opened.site!.staged!.work.hasNothing(task, phase),
      },
    })
    opened.site = new RunningSite(init, parts)
    return opened.site
  }

  private constructor(init: RunningSiteInit, parts: SiteParts) {
    const { store, merges, network, lastSeen, keeping, admission, outbox } = parts
    this.outbox = outbox
    this.#init = init
    this.#memberEvents = new MemberEvents(init.site.ledger, init.hub)
    this.#equivocationEvents = new EquivocationEvents({ ...init.site, hub: init.hub })
    this.#taskEvents = new TaskEvents(init.site.ledger, init.hub)
    this.membership = membershipSite({
      ...admission,
      requests: admission.desk,
      store,
      places: () => placesOfRunning(network, init.site.config.peers),
      connected: () => new Set(network.connections().map(({ peer }) => peer)),
      lastSeen: (peer) => lastSeen.of(peer),
    })
    this.site = init.site
    this.served = new ServedPayloads({
      self: init.site.identity.peer,
      store,
      roster: init.site.roster,
      hub: init.hub,
    })
    this.#roundStore = parts.roundStore
    this.lastSeen = lastSeen
    this.scores = parts.scores
    this.servedNow = new ServedNow(init.site.paths.served)
    this.helpNow = new WatchedFile(init.site.paths.help, keptHelpSchema)
    this.figures = parts.figures
    this.store = store
    this.network = network
    this.problems = init.problems
    this.#merges = merges
    this.#workshop = new Workshop({ site: init, parts, onHolding: () => this.#watch.holdingChanged() })
    keeping.follow(this)
    this.#watch = this.#createWatch()
  }

  get merge(): MergeSource {
    return this.#workshop.merge
  }

  get staged(): SiteMerge['staged'] {
    return this.#workshop.staged
  }

  async start(): Promise<void> {
    const { events } = this.network
    events.on('peer:connected', (peer) => this.#onPeer(peer, true))
    events.on('peer:disconnected', (peer) => this.#onPeer(peer, false))
    events.on('reconciled', () => this.#workshop.schedule.exchanged())
    events.once('reconciled', () => void this.#declarePart()) // a home that was set back learns then what it has said
    events.on('served', (...served) => this.served.served(...served))
    events.on('acknowledged', (id, peer) => this.served.hasAll(id, peer))
    events.on('rejected', (id, reason, from) => this.#onRefused(id, reason, from))
    if (this.staged !== undefined) tellRounds({ ...this.#init, network: this.network })
    await this.#declarePart()
    await this.network.start()
    this.#watch.start()
    await announceOwn({ store: this.store, network: this.network }, this.#init.site.identity.peer)
    await this.#workshop.start()
    this.#hasStarted = true
  }

  /** Whether a contribution is being trained. */
  get isTraining(): boolean {
    return this.#workshop.schedule.isTraining
  }

  /** Processor time and memory of the training process. */
  get trainerUsage(): ProcessUsage {
    return this.#workshop.trainer.usage
  }

  /** For the next run of this process. */
  get numbersFrom(): number | undefined {
    return this.#workshop.schedule.numbersFrom
  }

  /** What merges are computed from here. */
  holdings(ids: readonly string[] | undefined): Promise<ToldHoldings> {
    const statements = this.#init.site.ledger.statements()
    return tellHoldings({ store: this.store, statements, rounds: this.#roundStore?.certificates() ?? [] }, ids) // prettier-ignore
  }

  /** A person has chosen what this site serves. */
  modelChosen(): Promise<void> {
    return this.#workshop.serving.tellChosen()
  }

  /** By its own connections, for the doctor. */
  examine(peers: readonly string[]): Promise<DoctorFacts> {
    return examineRunning(this.#init.site, this.network, peers)
  }

  /** The signal has been aborted: resolves when everything has ended; its parts end side by side, as each may take a second. */
  async close(): Promise<void> {
    const { paths } = this.#init.site
    const known = this.network.knownPeers()
    await this.#watch.close()
    const training = this.#workshop.trainer.release().then(() => this.#workshop.schedule.ended())
    await Promise.all([training, this.network.stop(), this.#merges.close()])
    await this.merge.idle()
    this.served.tell()
    await this.#roundStore?.close()
    await this.figures.close()
    if (known.length > 0) await writePeers(paths.peers, known)
    await this.store.close()
  }

  /** Chunks have rotted on this disk: merges go on without the contributions that need them until they are here again. */
  onDropped(ids: readonly string[]): void {
    this.problems.add(
      'ERR_CHUNK_CORRUPT',
      `${counted(ids.length, 'contribution')} damaged on disk, fetched again`,
    )
    this.network.refetch(ids)
    this.merge.request()
  }

  policyChanged(): void {
    if (!this.#hasStarted) return
    this.quietChanged()
    this.#workshop.schedule.policyChanged()
  }

  /** A quiet hour has begun or ended. */
  quietChanged(): void {
    if (!this.#hasStarted) return
    void this.network.retryHeld() // never rejects; goes on with what a quiet hour had left
    this.#workshop.schedule.wake()
  }

  onRequest(request: PendingRequest): void {
    this.#init.hub.emit({ type: 'join-request', ...requestReport(request) })
  }

  /** Who is a member, or what counts, is something else now. */
  ledgerChanged(): void {
    this.#memberEvents.tell()
    this.#equivocationEvents.tell()
    this.#taskEvents.tell()
    this.#watch.holdingChanged()
    this.merge.request()
    this.#workshop.schedule.wake()
  }

  onVerdict(contribution: StoredContribution, verdict: Verdict): void {
    const { hub, site } = this.#init
    const notice = noticeOf(site.roster, contribution)
    if (verdict.kind === 'accept') {
      hub.emit({ type: 'admitted', ...notice })
      this.#watch.holdingChanged()
      this.merge.request()
    } else if (verdict.kind === 'reject') {
      hub.emit({ type: 'rejected', reason: verdict.reason, ...notice })
      this.problems.add(
        'contribution-rejected',
        `${notice.name}, number ${notice.sequence}: ${verdict.reason}`,
      )
    }
    this.#workshop.schedule.wake()
  }

  async #declarePart(): Promise<void> {
    await declarePart(this.site).catch((error: unknown) => this.problems.failed('declare', error))
  }

  #createWatch(): NetworkWatch {
    return new NetworkWatch({
      ...this.#init,
      store: this.store,
      network: this.network,
      lastSeen: this.lastSeen,
      wallNow: Date.now,
      merge: () => this.merge.newest?.summary ?? null,
      scores: () => (this.site.config.contribute ? sharedScores(this.site.charter, this.scores, this.#init.policy.policy) : undefined), // prettier-ignore
    })
  }

  #onPeer(peer: string, connected: boolean): void {
    const { hub, site } = this.#init
    hub.emit({ type: 'peer', peer, name: memberName(site.roster, peer), connected })
    this.#watch.look()
    this.#workshop.schedule.wake()
  }

  /** Refusals of whole contributions are told by `onVerdict`; these never became one. */
  #onRefused(id: string | null, reason: string, from: string): void {
    if (id !== null && this.store.get(id) !== undefined) return
    const { hub, site } = this.#init
    const name = memberName(site.roster, from)
    hub.emit({ type: 'refused', peer: from, name, reason })
    this.problems.add('refused', `from ${name}: ${reason}`)
  }
}
