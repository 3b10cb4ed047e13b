import { FULL_MESH_PEERS, MAX_MEMBER_CONNECTIONS, TARGET_CONNECTIONS } from '../constants.ts'

/**
 * How many more members to dial. Up to FULL_MESH_PEERS known ones, all; beyond, as many as keep TARGET_CONNECTIONS. Random
 * links of that number leave no member apart from the others, and gossip and reconciliation go from link to link.
 */
export function dialRoom(known: number, connected: number, dialling: number): number {
  if (known <= FULL_MESH_PEERS) return Infinity
  return Math.max(0, TARGET_CONNECTIONS - connected - dialling)
}

/** How many connections to end, as everybody may have dialled the same member; below the limit, none. */
export function surplus(known: number, connected: number): number {
  if (known <= FULL_MESH_PEERS || connected <= MAX_MEMBER_CONNECTIONS) return 0
  return connected - MAX_MEMBER_CONNECTIONS
}
