import { FULL_MESH_PEERS, MAX_MEMBER_CONNECTIONS, TARGET_CONNECTIONS } from '../constants.ts'
import { sample } from '../wire/sample.ts'

/**
 * How many more members to dial. Up to FULL_MESH_PEERS known ones, all; beyond, as many as keep TARGET_CONNECTIONS. Random
 * links of that number leave no member apart from the others, and gossip and reconciliation go from link to link.
 */
export function dialRoom(known: number, connected: number, dialling: number): number {
  if (known <= FULL_MESH_PEERS) return Infinity
  return Math.max(0, TARGET_CONNECTIONS - connected - dialling)
}

/**
 * Whom to hang up on, as everybody may have dialled the same member: below the limit nobody, above it some at random. Those `kept`
 * for the sake of others neither count nor go; a relay has as many links of its own as any member.
 */
export function sentAway(
  known: number,
  connected: readonly string[],
  kept: ReadonlySet<string>,
  random: () => number,
): string[] {
  const others = connected.filter((peer) => !kept.has(peer))
  if (known <= FULL_MESH_PEERS || others.length <= MAX_MEMBER_CONNECTIONS) return []
  return sample(others, others.length - MAX_MEMBER_CONNECTIONS, random)
}
