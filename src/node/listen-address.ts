import { isIP } from 'node:net'

/** Where a server listens. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** `host:port`, an IPv6 host in brackets; undefined where it is none. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[(?<six>[^\]]+)\]|(?<four>[^:]+)):(?<port>\d{1,5})$/.exec(text)
  const host = match?.groups?.six ?? match?.groups?.four ?? ''
  const port = Number(match?.groups?.port)
  return isIP(host) === 0 || port > 65_535 ? undefined : { host, port }
}

export function isLoopback({ host }: Pick<ListenAddress, 'host'>): boolean {
  return host === '::1' || host.startsWith('127.')
}

/** As a URL has it. */
export function urlOf({ host, port }: ListenAddress): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
