import { multiaddr } from '@multiformats/multiaddr'
import {
  MAX_ADDRESSES_PER_PEER,
  MAX_ADDRESS_LENGTH,
  MAX_HEARD_ADDRESSES,
  MAX_TOLD_PEERS,
} from '../constants.ts'
import type { ToldPeer } from '../sync/inventory-messages.ts'

/**
 * Where members listen. What a peer says of itself replaces what was known; what others say of it only fills up, so that
 * a liar cannot push a good address out.
 */
export class AddressBook {
  readonly #self: string
  readonly #isMember: (peer: string) => boolean
  readonly #told = new Map<string, readonly string[]>()
  readonly #heard = new Map<string, readonly string[]>()

  constructor(self: string, isMember: (peer: string) => boolean) {
    this.#self = self
    this.#isMember = isMember
  }

  /** From the peer itself. */
  learnOwn(peer: string, addresses: readonly string[]): void {
    this.#learn(peer, [...addresses, ...this.addressesOf(peer)])
  }

  /** From anyone else, or from an earlier run. */
  learnHearsay(peer: string, addresses: readonly string[]): void {
    this.#learn(peer, [...this.addressesOf(peer), ...addresses])
  }

  /** From whoever is on the LAN: kept apart, the newest few, and not told on, so that it cannot crowd out members' word. */
  learnHeard(peer: string, addresses: readonly string[]): void {
    if (peer === this.#self || !this.#isMember(peer)) return
    const usable = addresses.flatMap((address) => dialable(address, peer) ?? [])
    const kept = [...new Set([...usable, ...(this.#heard.get(peer) ?? [])])].slice(0, MAX_HEARD_ADDRESSES)
    if (kept.length > 0) this.#heard.set(peer, kept)
  }

  /** Members and all addresses to try. */
  targets(): [peer: string, addresses: readonly string[]][] {
    const peers = new Set([...this.#told.keys(), ...this.#heard.keys()])
    return [...peers].flatMap((peer) => {
      const addresses = new Set([...this.addressesOf(peer), ...(this.#heard.get(peer) ?? [])])
      return this.#isMember(peer) ? [[peer, [...addresses]]] : []
    })
  }

  addressesOf(peer: string): readonly string[] {
    return this.#told.get(peer) ?? []
  }

  /** Members with at least one address. */
  peers(): string[] {
    return [...this.#told.keys()].filter((peer) => this.#isMember(peer))
  }

  /** What to tell `listener`: others than itself, as many as one greeting holds, chosen by `random` where there are more. */
  tell(listener: string | undefined, random: () => number): ToldPeer[] {
    const others = this.peers().filter((peer) => peer !== listener)
    while (others.length > MAX_TOLD_PEERS) others.splice(Math.floor(random() * others.length), 1)
    return others.map((peer) => ({ peer, addresses: this.addressesOf(peer) }))
  }

  #learn(peer: string, addresses: readonly string[]): void {
    if (peer === this.#self || !this.#isMember(peer)) return
    const usable = addresses.flatMap((address) => dialable(address, peer) ?? [])
    const kept = [...new Set(usable)].slice(0, MAX_ADDRESSES_PER_PEER)
    if (kept.length > 0) this.#told.set(peer, kept)
  }
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
