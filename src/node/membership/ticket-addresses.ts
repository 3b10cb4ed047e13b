import { scopeOf } from '../../gossip/records.ts'

/** Where a site and the members that it knows may be found, as multiaddrs that end in the peer id. */
export interface KnownPlaces {
  /** Of this site; those through relays too. */
  readonly own: readonly string[]
  /** Of other members; those through relays too. */
  readonly others: readonly string[]
  /** Those of others by which this site is connected: they work, at least from here. */
  readonly proven: readonly string[]
}

/** As many as a ticket holds. */
export const MAX_ADDRESSES = 8

/**
 * At which addresses a newcomer, whom nobody relays for, finds somebody to ask: public ones first; one of each member before the second of
 * any; those that work before those that are hearsay. This site's own count as known to work unless it is reached through a
 * relay itself. Of an address through a relay only the relay's is used: it is a member and answers too.
 */
export function ticketAddresses(places: KnownPlaces): string[] {
  const doubtOf = doubts(places)
  const { own, proven, others } = places
  const usable = [...new Set([...own, ...proven, ...others].map(directPart))].filter(isPlace)
  const candidates = usable.map((address) => ({ address, scope: scopeOf(address), doubt: doubtOf(address) }))
  candidates.sort((a, b) => a.scope - b.scope || a.doubt - b.doubt)
  const turns = inTurns(candidates).sort((a, b) => a.scope - b.scope || a.turn - b.turn || a.doubt - b.doubt)
  return withoutLoopback(turns.map(({ address }) => address)).slice(0, MAX_ADDRESSES)
}

/** Who can use a ticket with these addresses, where that is not everybody; undefined where it is. */
export function ticketLimits(addresses: readonly string[]): string | undefined {
  const scope = Math.min(...addresses.map(scopeOf))
  if (scope === 0) return undefined
  const where = scope === 1 ? 'from the same private network or VPN' : 'from this machine'
  return `the ticket can be used only ${where}, where its addresses lead; for a site elsewhere give --address HOST:PORT at which this one can be dialled, or have a member that can be dialled relay (peermerge run --relay --announce HOST:PORT) and invite again`
}

/** How little is known of an address: 0 is this site itself, 1 has worked from here, 2 is hearsay, 3 is this site behind a relay. */
function doubts({ own, proven }: KnownPlaces): (address: string) => number {
  const isHidden = own.some(isRelayed)
  const mine = new Set(own.filter((one) => !isRelayed(one)))
  const works = new Set([...proven, ...own.filter(isRelayed)].map(directPart))
  return (address) => (mine.has(address) ? (isHidden ? 3 : 0) : works.has(address) ? 1 : 2)
}

/** Each with its place among those of the same member. */
function inTurns<C extends { readonly address: string }>(candidates: readonly C[]): (C & { turn: number })[] {
  const counts = new Map<string, number>()
  return candidates.map((candidate) => {
    const peer = candidate.address.split('/p2p/')[1] ?? ''
    const turn = counts.get(peer) ?? 0
    counts.set(peer, turn + 1)
    return { ...candidate, turn }
  })
}

/** A machine's own loopback is for tests on it. */
function withoutLoopback(addresses: readonly string[]): readonly string[] {
  const elsewhere = addresses.filter((one) => scopeOf(one) < 2)
  return elsewhere.length > 0 ? elsewhere : addresses
}

function isRelayed(address: string): boolean {
  return address.includes('/p2p-circuit')
}

/** Of an address through a relay, the relay's own; any other as it is. */
export function directPart(address: string): string {
  return address.split('/p2p-circuit')[0] ?? address
}

/** Wildcards and port 0 are where a node listens, not where it is found. */
function isPlace(address: string): boolean {
  return /^\/(ip[46]|dns[46]?)\/(?!0\.0\.0\.0\/|::\/)[^/]+\/tcp\/(?!0\/)/u.test(address)
}
