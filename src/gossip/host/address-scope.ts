import { isLoopback, isPrivate } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'

/** From where an address may lead anywhere: 0 from all the world, 1 from a private network, 2 from this machine. */
export type AddressScope = 0 | 1 | 2

/** Of a multiaddr as it is written; of one through a relay, from where the relay is reached. */
export function scopeOf(address: string): AddressScope {
  const parsed = multiaddr(address)
  return isLoopback(parsed) ? 2 : isPrivate(parsed) ? 1 : 0
}
