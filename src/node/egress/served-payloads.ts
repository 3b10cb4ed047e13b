import type { EventHub } from '../event-hub.ts'
import { memberName } from '../member-name.ts'
import type { Roster } from '../roster.ts'
import type { NodeStore } from '../types.ts'

export interface ServedPayloadsInit {
  /** This site's peer id. */
  readonly self: string
  readonly store: Pick<NodeStore, 'get' | 'list'>
  readonly roster: Roster
  readonly hub: Pick<EventHub, 'emit'>
  /** From the first chunk on so long until the next are told; doubles each time. @default 10000 */
  readonly firstWaitMs?: number
}

/** What one member has fetched of one contribution. */
interface Tally {
  chunks: number
  bytes: number
  waitMs: number
  timer: NodeJS.Timeout | undefined
  hasAll: boolean
}

const FIRST_WAIT_MS = 10_000
/** Who fetches the same for ever costs the log some entries a day. */
const LAST_WAIT_MS = 3_600_000

/**
 * Tells who fetches payloads of this site's own contributions: the first chunk at once, so that a crash leaves no recipient unnamed, and what
 * follows added up. A chunk counts for the contribution that it belongs to, whatever contribution it was asked for by.
 */
export class ServedPayloads {
  readonly #init: ServedPayloadsInit
  readonly #tallies = new Map<string, Map<string, Tally>>()

  constructor(init: ServedPayloadsInit) {
    this.#init = init
  }

  /** As the network's event `served`. */
  served(peer: string, asked: string, digest: string, bytes: number): void {
    const id = this.#ownWith(digest, asked)
    if (id === undefined) return
    const tally = this.#tallyOf(id, peer)
    tally.chunks++
    tally.bytes += bytes
    if (tally.timer !== undefined) return
    this.#tell(id, peer, tally)
    tally.timer = setTimeout(() => this.#tell(id, peer, tally), tally.waitMs).unref()
    tally.waitMs = Math.min(LAST_WAIT_MS, 2 * tally.waitMs)
  }

  /** A member says that it has the whole payload. */
  hasAll(id: string, peer: string): void {
    const { self, store, roster, hub } = this.#init
    if (store.get(id)?.header.peer !== self) return
    const tally = this.#tallyOf(id, peer)
    if (tally.hasAll) return
    tally.hasAll = true
    this.#tell(id, peer, tally)
    hub.emit({ type: 'holder', id, peer, name: memberName(roster, peer) })
  }

  /** All that has not been told yet. */
  tell(): void {
    for (const [id, peers] of this.#tallies) for (const [peer, tally] of peers) this.#tell(id, peer, tally)
  }

  #tell(id: string, peer: string, tally: Tally): void {
    clearTimeout(tally.timer)
    tally.timer = undefined
    if (tally.chunks === 0) return
    const { chunks, bytes } = tally
    tally.chunks = tally.bytes = 0
    const name = memberName(this.#init.roster, peer)
    this.#init.hub.emit({ type: 'served', id, peer, name, chunks, bytes })
  }

  /** The own contribution that has this chunk; looked for where the one that was asked for has it not. */
  #ownWith(digest: string, asked: string): string | undefined {
    const { self, store } = this.#init
    const header = store.get(asked)?.header
    if (header?.payload.chunks.includes(digest)) return header.peer === self ? asked : undefined
    const own = store.list('admitted', 'fetching').filter((one) => one.header.peer === self)
    return own.find((one) => one.header.payload.chunks.includes(digest))?.id
  }

  #tallyOf(id: string, peer: string): Tally {
    const peers = this.#tallies.get(id) ?? new Map<string, Tally>()
    this.#tallies.set(id, peers)
    const waitMs = this.#init.firstWaitMs ?? FIRST_WAIT_MS
    const tally = peers.get(peer) ?? { chunks: 0, bytes: 0, waitMs, timer: undefined, hasAll: false }
    peers.set(peer, tally)
    return tally
  }
}
