import { multiaddr } from '@multiformats/multiaddr'
import {
  MAX_ADDRESSES_PER_PEER,
  MAX_ADDRESS_LENGTH,
  MAX_HEARD_ADDRESSES,
  MAX_TOLD_PEERS,
} from '../constants.ts'
import { Hearsay } from './hearsay.ts'
import type { ToldPeer } from '../sync/greeting.ts'

/**
 * Where members listen. What a peer says of itself replaces what was known; what others say of it only fills up, so that
 * a liar cannot push a good address out.
 */
export class AddressBook {
  readonly #self: string
  readonly #isMember: (peer: string) => boolean
  readonly #own = new Map<string, readonly string[]>()
  readonly #hearsay = new Hearsay()
  readonly #entries = new Map<string, Entry>()
  readonly #heard = new Map<string, readonly string[]>()
  #changes = 0

  constructor(self: string, isMember: (peer: string) => boolean) {
    this.#self = self
    this.#isMember = isMember
  }

  /** From the peer itself. */
  learnOwn(peer: string, addresses: readonly string[]): void {
    this.#learnOwn(peer, [...addresses, ...(this.#own.get(peer) ?? [])])
  }

  /** From an earlier run of this node. */
  learnAgain(peer: string, addresses: readonly string[]): void {
    this.#learnOwn(peer, [...(this.#own.get(peer) ?? []), ...addresses])
  }

  /** From another member. */
  learnHearsay(peer: string, addresses: readonly string[], teller: string): void {
    if (!this.#isOther(peer)) return
    this.#hearsay.learn(peer, usable(peer, addresses), teller)
    this.#refresh(peer)
  }

  /** From whoever is on the LAN: kept apart, the newest few, and not told on, so that it cannot crowd out members' word. */
  learnHeard(peer: string, addresses: readonly string[]): void {
    if (!this.#isOther(peer)) return
    const known = this.#heard.get(peer) ?? []
    const kept = [...new Set([...usable(peer, addresses), ...known])].slice(0, MAX_HEARD_ADDRESSES)
    if (kept.length > 0) this.#heard.set(peer, kept)
  }

  /** Members and all addresses to try. */
  targets(): [peer: string, addresses: readonly string[]][] {
    const peers = new Set([...this.#entries.keys(), ...this.#heard.keys()])
    return [...peers].flatMap((peer) => {
      const addresses = new Set([...this.addressesOf(peer), ...(this.#heard.get(peer) ?? [])])
      return this.#isMember(peer) ? [[peer, [...addresses]]] : []
    })
  }

  addressesOf(peer: string): readonly string[] {
    return this.#entries.get(peer)?.addresses ?? []
  }

  /** Members with at least one address. */
  peers(): string[] {
    return [...this.#entries.keys()].filter((peer) => this.#isMember(peer))
  }

  /**
   * What to tell `listener`: others than itself of whom something has changed after `since`, the oldest news first, as many as
   * one greeting holds, up to which change that is, and whether it is all.
   */
  news(listener: string, since: number): News {
    const all = this.peers()
      .map((peer) => ({ peer, ...this.#entries.get(peer)! }))
      .filter(({ peer, change }) => peer !== listener && change > since)
      .sort((a, b) => a.change - b.change)
    const news = all.slice(0, MAX_TOLD_PEERS)
    const upTo = news.at(-1)?.change ?? since
    const peers = news.map(({ peer, addresses }) => ({ peer, addresses }))
    return { peers, upTo, isAll: news.length === all.length }
  }

  #learnOwn(peer: string, addresses: readonly string[]): void {
    if (!this.#isOther(peer)) return
    this.#own.set(peer, [...new Set(usable(peer, addresses))].slice(0, MAX_ADDRESSES_PER_PEER))
    this.#refresh(peer)
  }

  /** Its own word first, then that of others. */
  #refresh(peer: string): void {
    const all = new Set([...(this.#own.get(peer) ?? []), ...this.#hearsay.of(peer)])
    const addresses = [...all].slice(0, MAX_ADDRESSES_PER_PEER)
    if (addresses.length === 0) return
    const known = this.#entries.get(peer)
    const isNews = known === undefined || [...addresses].sort().join() !== [...known.addresses].sort().join()
    this.#entries.set(peer, { addresses, change: isNews ? ++this.#changes : known.change })
  }

  #isOther(peer: string): boolean {
    return peer !== this.#self && this.#isMember(peer)
  }
}

function usable(peer: string, addresses: readonly string[]): string[] {
  return addresses.flatMap((address) => dialable(address, peer) ?? [])
}

export interface News {
  readonly peers: readonly ToldPeer[]
  readonly upTo: number
  readonly isAll: boolean
}

interface Entry {
  readonly addresses: readonly string[]
  /** When its addresses last became others than before, counted over all entries. */
  readonly change: number
}

/** The address with the peer id at its end; undefined if it is none, or says another peer. */
export function dialable(address: string, peer: string): string | undefined {
  if (address.length > MAX_ADDRESS_LENGTH) return undefined
  try {
    const parsed = multiaddr(address)
    if (!parsed.getComponents().some(({ name }) => name === 'tcp')) return undefined
    const named = parsed.getComponents().findLast(({ name }) => name === 'p2p')?.value
    if (named === undefined) return parsed.encapsulate(`/p2p/${peer}`).toString()
    return named === peer ? parsed.toString() : undefined
  } catch {
    return undefined
  }
}
