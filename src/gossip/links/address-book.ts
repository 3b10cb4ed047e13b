import { multiaddr } from '@multiformats/multiaddr'
import {
  MAX_ADDRESSES_PER_PEER,
  MAX_ADDRESS_LENGTH,
  MAX_HEARD_ADDRESSES,
  MAX_TOLD_PEERS,
} from '../constants.ts'
import { Hearsay } from './hearsay.ts'
import type { ToldPeer } from '../sync/inventory-messages.ts'

/**
 * Where members listen. What a peer says of itself replaces what was known; what others say of it only fills up, so that
 * a liar cannot push a good address out.
 */
export class AddressBook {
  readonly #self: string
  readonly #isMember: (peer: string) => boolean
  readonly #own = new Map<string, readonly string[]>()
  readonly #hearsay = new Hearsay()
  readonly #heard = new Map<string, readonly string[]>()

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
    if (this.#isOther(peer)) this.#hearsay.learn(peer, usable(peer, addresses), teller)
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
    const peers = new Set([...this.peers(), ...this.#heard.keys()])
    return [...peers].flatMap((peer) => {
      const addresses = new Set([...this.addressesOf(peer), ...(this.#heard.get(peer) ?? [])])
      return this.#isMember(peer) ? [[peer, [...addresses]]] : []
    })
  }

  addressesOf(peer: string): readonly string[] {
    const addresses = new Set([...(this.#own.get(peer) ?? []), ...this.#hearsay.of(peer)])
    return [...addresses].slice(0, MAX_ADDRESSES_PER_PEER)
  }

  /** Members with at least one address. */
  peers(): string[] {
    const peers = new Set([...this.#own.keys(), ...this.#hearsay.peers()])
    return [...peers].filter((peer) => this.#isMember(peer) && this.addressesOf(peer).length > 0)
  }

  /** What to tell `listener`: others than itself, as many as one greeting holds, chosen by `random` where there are more. */
  tell(listener: string | undefined, random: () => number): ToldPeer[] {
    const others = this.peers().filter((peer) => peer !== listener)
    while (others.length > MAX_TOLD_PEERS) others.splice(Math.floor(random() * others.length), 1)
    return others.map((peer) => ({ peer, addresses: this.addressesOf(peer) }))
  }

  #learnOwn(peer: string, addresses: readonly string[]): void {
    if (!this.#isOther(peer)) return
    const kept = [...new Set(usable(peer, addresses))].slice(0, MAX_ADDRESSES_PER_PEER)
    if (kept.length > 0) this.#own.set(peer, kept)
  }

  #isOther(peer: string): boolean {
    return peer !== this.#self && this.#isMember(peer)
  }
}

function usable(peer: string, addresses: readonly string[]): string[] {
  return addresses.flatMap((address) => dialable(address, peer) ?? [])
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
