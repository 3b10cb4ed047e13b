import type { Charter } from './charter.ts'

/** The name that the charter gives a peer, or the end of its id. */
export function memberName(charter: Charter, peer: string): string {
  return charter.members.find(({ id }) => id === peer)?.name ?? `…${peer.slice(-8)}`
}
