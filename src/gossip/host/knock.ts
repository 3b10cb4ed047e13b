import { connect } from 'node:net'
import { multiaddr } from '@multiformats/multiaddr'

/** What became of a TCP connection: `open`, or why there is none. */
export type Knock = 'open' | 'refused' | 'timed-out' | 'no-route' | 'name-unknown' | 'failed'

const KNOCKS: Readonly<Record<string, Knock>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'refused',
  ETIMEDOUT: 'timed-out',
  EHOSTUNREACH: 'no-route',
  ENETUNREACH: 'no-route',
  EADDRNOTAVAIL: 'no-route',
  EACCES: 'no-route', // a local firewall that rejects
  EPERM: 'no-route',
  ENOTFOUND: 'name-unknown',
  EAI_AGAIN: 'name-unknown',
}

/** Host and port of a direct TCP multiaddr; undefined for any other. */
export function endpointOf(address: string): { readonly host: string; readonly port: number } | undefined {
  const [first, second] = multiaddr(address).getComponents()
  const isHost = first !== undefined && /^(ip4|ip6|dns|dns4|dns6)$/.test(first.name)
  if (!isHost || second?.name !== 'tcp' || first.value === undefined) return undefined
  return { host: first.value, port: Number(second.value) }
}

/** Opens a TCP connection and closes it at once. Never rejects. */
export function knock(host: string, port: number, timeoutMs: number): Promise<Knock> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const end = (result: Knock): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(result)
    }
    const timer = setTimeout(() => end('timed-out'), timeoutMs)
    socket.once('connect', () => end('open'))
    socket.once('error', (error: NodeJS.ErrnoException) => end(KNOCKS[error.code ?? ''] ?? 'failed'))
  })
}
