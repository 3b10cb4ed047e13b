import { PeermergeError } from '../errors.ts'

interface Contributed {
  readonly header: { readonly peer: string }
}

/** What is left of contributions without these peers' own. */
export interface LeftOut<T> {
  readonly left: readonly T[]
  /** Ids in full, in the order in which they were asked for. */
  readonly peers: readonly string[]
}

/**
 * Leaves out every contribution of peers that are named by id or by the beginning of it.
 *
 * @throws PeermergeError ERR_UNKNOWN_PEER - a name is the beginning of no contributor's id, or of several
 */
export function leaveOut<T extends Contributed>(
  contributions: readonly T[],
  names: readonly string[],
): LeftOut<T> {
  const there = [...new Set(contributions.map(({ header }) => header.peer))].sort()
  const peers = [...new Set(names.map((name) => onePeer(there, name)))]
  return { left: contributions.filter(({ header }) => !peers.includes(header.peer)), peers }
}

function onePeer(there: readonly string[], name: string): string {
  if (there.includes(name)) return name
  const found = there.filter((peer) => name !== '' && peer.startsWith(name))
  if (found.length === 1) return found[0]!
  const problem = found.length === 0 ? 'no contribution is by this peer' : `several peers begin so: ${found.join(', ')}` // prettier-ignore
  throw new PeermergeError(
    'ERR_UNKNOWN_PEER',
    `peer ${JSON.stringify(name)}: ${problem}; contributions here are by ${there.join(', ') || 'nobody'}`,
    { name, peers: there },
  )
}
