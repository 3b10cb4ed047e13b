import type { Roster } from './roster.ts'

/** The name that a peer has or had in the consortium, or the end of its id. */
export function memberName({ members, former = [] }: Roster, peer: string): string {
  const known = [...members, ...former].find(({ id }) => id === peer)
  return known?.name ?? `…${peer.slice(-8)}`
}

/** How people call these, in alphabetical order: that of peer ids is none to a reader. */
export function namesInOrder(peers: readonly string[], nameOf: (peer: string) => string): string[] {
  return peers.map(nameOf).sort()
}
