import { MAX_ADDRESSES_PER_PEER, MAX_ADDRESS_LENGTH, MAX_RELAYED_ADDRESSES } from '../constants.ts'
import { scopeOf } from './address-scope.ts'
import { pathOf } from './paths.ts'

/**
 * The addresses that a node tells others, best first: what the operator announces in place of the direct ones found out,
 * then those through relays, of which some always find room. Public ones come before private ones, loopback last.
 */
export function toldAddresses(found: readonly string[], announced: readonly string[]): string[] {
  const usable = found.filter((address) => address.length <= MAX_ADDRESS_LENGTH)
  const relayed = sorted(usable.filter((address) => pathOf(address) === 'relayed'))
  const own = announced.length > 0 ? [...announced] : sorted(usable.filter((one) => pathOf(one) === 'direct'))
  const kept = relayed.slice(0, Math.max(MAX_RELAYED_ADDRESSES, MAX_ADDRESSES_PER_PEER - own.length))
  return [...own.slice(0, MAX_ADDRESSES_PER_PEER - kept.length), ...kept].slice(0, MAX_ADDRESSES_PER_PEER)
}

function sorted(addresses: readonly string[]): string[] {
  return [...new Set(addresses)].sort((a, b) => scopeOf(a) - scopeOf(b))
}
