import { isDeepStrictEqual } from 'node:util'
import type { Holding, Network } from '../../gossip/index.ts'
import type { OpenSite } from '../components.ts'
import type { EventHub } from '../event-hub.ts'
import { memberName } from '../member-name.ts'
import type { MemberConnection } from './types.ts'
import type { MergeSummary, NodeStore } from '../types.ts'
import { summariseAgreement } from './agreement-text.ts'
import type { LastSeen } from './last-seen.ts'
import { connectionsOf, memberStatus, ownHolding, type MemberSources } from './member-status.ts'

/** How often times of members that stay connected are written, and the ways to them looked at. */
const LOOK_MS = 10_000
const SAVE_MS = 60_000

export interface NetworkWatchInit {
  readonly site: OpenSite
  readonly store: NodeStore
  readonly network: Network
  readonly hub: EventHub
  readonly lastSeen: LastSeen
  readonly signal: AbortSignal
  /** Milliseconds since 1970. */
  readonly wallNow: () => number
  readonly merge: () => MergeSummary | null
  /** What is shared of scores. */
  readonly scores: () => Holding['scores']
}

/** Tells the members what this node holds, follows what they tell and how they are reached, and says what has changed. */
export class NetworkWatch {
  readonly #init: NetworkWatchInit
  #paths = new Map<string, MemberConnection['path']>()
  #agreement = ''
  #shared: Holding['scores']
  #savedAt = 0
  #timer: NodeJS.Timeout | undefined

  constructor(init: NetworkWatchInit) {
    this.#init = init
    init.signal.addEventListener('abort', () => clearInterval(this.#timer), { once: true })
  }

  start(): void {
    const { network } = this.#init
    network.events.on('receipt', (peer) => {
      this.#init.lastSeen.note([peer])
      this.#tellAgreement()
    })
    this.holdingChanged()
    this.#timer = setInterval(() => this.look(), LOOK_MS).unref()
  }

  /** What is held or merged here may have changed. */
  holdingChanged(): void {
    const { network, site, scores } = this.#init
    const { numbers, ...holding } = ownHolding(this.#sources())
    const held = [...numbers].filter(([, of]) => of.length > 0)
    const newest = new Map(held.map(([peer, of]) => [peer, Math.max(...of)]))
    const contributions = held.reduce((sum, [, of]) => sum + of.length, 0)
    const shared = scores()
    network.holds({ ...holding, charter: site.charterDigest, contributions, scores: shared }, newest)
    this.#tellShared(shared)
    this.#tellAgreement()
  }

  /** Who is connected, and how, may have changed. */
  look(): void {
    const { network, hub, site, lastSeen, wallNow } = this.#init
    const connections = connectionsOf(network)
    lastSeen.note(connections.keys())
    for (const [peer, { path, address }] of connections) {
      const before = this.#paths.get(peer)
      if (before === path) continue
      hub.emit({
        type: 'path',
        peer,
        name: memberName(site.roster, peer),
        path,
        before: before ?? null,
        address,
      })
    }
    this.#paths = new Map([...connections].map(([peer, { path }]) => [peer, path]))
    this.#tellAgreement()
    if (wallNow() - this.#savedAt < SAVE_MS) return
    this.#savedAt = wallNow()
    void lastSeen.save() // never rejects
  }

  /** To be called before the network stops. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#init.lastSeen.note(connectionsOf(this.#init.network).keys())
    await this.#init.lastSeen.save()
  }

  #tellShared(scores: Holding['scores']): void {
    if (scores === undefined || isDeepStrictEqual(scores, this.#shared)) return
    this.#shared = scores
    this.#init.hub.emit({ type: 'scores-shared', ...scores })
  }

  /** Only who holds the merge is compared: ages in the text change all the time. */
  #tellAgreement(): void {
    const { network, hub, lastSeen, wallNow } = this.#init
    const now = wallNow()
    const sources = {
      ...this.#sources(),
      network,
      wallNow: now,
      lastSeen: (peer: string) => lastSeen.of(peer),
    }
    const members = memberStatus(sources)
    const summary = summariseAgreement(members, sources.merge !== null, new Date(now).toISOString())
    const states = members.map(({ agreement: { state, isCurrent } }) => `${state} ${isCurrent}`)
    const key = [sources.merge?.digest, ...states].join()
    if (key === this.#agreement) return
    this.#agreement = key
    hub.emit({ type: 'agreement', merge: sources.merge?.digest ?? null, ...summary })
  }

  #sources(): Omit<MemberSources, 'lastSeen' | 'network' | 'wallNow'> {
    const { site, store, merge } = this.#init
    const { charter, charterDigest, identity, roster } = site
    const counting = { ...roster.counting(store), get: (id: string) => store.get(id) }
    return { charter, charterDigest, roster, self: identity.peer, store: counting, merge: merge(), ledger: roster.head } // prettier-ignore
  }
}
