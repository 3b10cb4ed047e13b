/** How two peers are connected: straight, or through a member that relays. */
export type Path = 'direct' | 'relayed'

const CIRCUIT = '/p2p-circuit'

/** Of a multiaddr as it is written. */
export function pathOf(address: string): Path {
  return address.includes(CIRCUIT) ? 'relayed' : 'direct'
}

/** Peer id of the relay in a relayed address; undefined in a direct one. */
export function relayOf(address: string): string | undefined {
  const [before, after] = address.split(CIRCUIT)
  return after === undefined ? undefined : before?.split('/p2p/')[1]
}

/** The same addresses in two groups: those to be tried first, and those through relays other than `self`. */
export function byPath(addresses: readonly string[], self: string): Readonly<Record<Path, string[]>> {
  return {
    direct: addresses.filter((address) => pathOf(address) === 'direct'),
    relayed: addresses.filter((address) => pathOf(address) === 'relayed' && relayOf(address) !== self),
  }
}
