import { isIPv4, isIPv6 } from 'node:net'
import { multiaddr } from '@multiformats/multiaddr'
import { z } from 'zod'

/** What an address of a site may look like; also the text of the error. */
export const ADDRESS_FORMS =
  'expected HOST:PORT, such as hospital-a.example:4001 or [2001:db8::7]:4001, or a multiaddr, such as /ip4/203.0.113.7/tcp/4001'

/** An address of a site in settings and commands; parsed, a multiaddr. */
export const addressSchema = z
  .string()
  .refine((text) => peerAddress(text) !== undefined, ADDRESS_FORMS)
  .transform((text) => peerAddress(text) ?? text)

const NAME = /^(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?$/i

/** The multiaddr of a TCP address as people write it; undefined if it is none. A multiaddr stays as it is. */
export function peerAddress(text: string): string | undefined {
  return text.startsWith('/') ? checked(text) : fromHostAndPort(text)
}

function fromHostAndPort(text: string): string | undefined {
  const at = text.lastIndexOf(':')
  const port = text.slice(at + 1)
  const host = text.slice(0, Math.max(at, 0)).replace(/^\[(.*)\]$/, '$1')
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) return undefined
  if (isIPv4(host)) return checked(`/ip4/${host}/tcp/${Number(port)}`)
  if (isIPv6(host)) return text.startsWith('[') ? checked(`/ip6/${host}/tcp/${Number(port)}`) : undefined
  if (/^[\d.]+$/.test(host) || !NAME.test(host)) return undefined
  return checked(`/dns/${host}/tcp/${Number(port)}`)
}

function checked(address: string): string | undefined {
  try {
    const names = multiaddr(address)
      .getComponents()
      .map(({ name }) => name)
    return /^(ip4|ip6|dns|dns4|dns6)$/.test(names[0] ?? '') && names[1] === 'tcp' ? address : undefined
  } catch {
    return undefined
  }
}
