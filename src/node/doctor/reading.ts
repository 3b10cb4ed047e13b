import type { DoctorFacts } from './types.ts'

/** Host and port in an address, as people write them. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** Of a direct TCP multiaddr; undefined for others. */
export function endpointIn(address: string): Endpoint | undefined {
  const parts = /^\/(?:ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d+)/.exec(address)
  if (parts === null || address.includes('/p2p-circuit')) return undefined
  return { host: parts[1]!, port: Number(parts[2]) }
}

export function written({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** An address as people write it, where it is one of host and port. */
export function shown(address: string): string {
  const endpoint = endpointIn(address)
  return endpoint === undefined ? address : written(endpoint)
}

export function nameOf({ members }: Pick<DoctorFacts, 'members'>, peer: string): string {
  if (peer === '' || peer === 'no member') return peer === '' ? 'whoever it is' : peer
  return members.find(({ id }) => id === peer)?.name ?? `…${peer.slice(-8)}`
}

/** How the member is connected at the moment. */
export function pathTo(facts: DoctorFacts, peer: string): 'direct' | 'relayed' | undefined {
  const paths = (facts.reach?.connections ?? []).filter((one) => one.peer === peer).map(({ path }) => path)
  return paths.includes('direct') ? 'direct' : paths[0]
}

/** Members that this site can talk to now: connected, or one of whose addresses has answered. */
export function canTalkTo(facts: DoctorFacts, peer: string): boolean {
  const answered = (facts.reach?.outbound ?? []).some(
    (one) => one.peer === peer && one.outcome === 'answered',
  )
  return answered || pathTo(facts, peer) !== undefined
}

export function listed(items: readonly string[]): string {
  return items.length === 0 ? 'none' : items.join(', ')
}
