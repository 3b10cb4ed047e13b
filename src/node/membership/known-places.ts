import type { Network, ToldPeer } from '../../gossip/index.ts'
import type { SiteConfig } from '../home.ts'
import type { KnownPlaces } from './ticket-addresses.ts'
import { withPeer } from './with-peer.ts'

/** What a running node knows; `peers` are the addresses of its settings, members' or not. */
export function placesOfRunning(
  network: Pick<Network, 'addresses' | 'knownPeers' | 'connections'>,
  peers: readonly string[],
): KnownPlaces {
  const known = network.knownPeers()
  const members = new Set(known.map(({ peer }) => peer))
  const dialled = network.connections().filter((one) => one.direction === 'outbound' && one.path === 'direct')
  return {
    own: network.addresses(),
    others: [...known.flatMap(({ addresses }) => addresses), ...named(peers, (peer) => members.has(peer))],
    proven: dialled.map(({ address, peer }) => withPeer(address, peer)),
  }
}

/** What a home says while no node runs: nothing of it is proven. */
export function placesOfStopped(
  self: string,
  { announce, listen, reachable, peers }: SiteConfig,
  known: readonly ToldPeer[],
  isMember: (peer: string) => boolean,
): KnownPlaces {
  const told = announce.length > 0 ? announce : listen
  return {
    own: reachable === 'no' ? [] : told.map((one) => withPeer(one, self)),
    others: [...known.flatMap(({ addresses }) => addresses), ...named(peers, isMember)],
    proven: [],
  }
}

/** Addresses that say which member lives there. */
function named(addresses: readonly string[], isMember: (peer: string) => boolean): string[] {
  return addresses.filter((one) => isMember(one.split('/p2p/').at(-1) ?? ''))
}
