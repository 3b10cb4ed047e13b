const LISTENER = /^\/(?<family>ip4|ip6)\/(?<host>[^/]+)\/tcp\/(?<port>\d+)(?<rest>(?:\/(?!p2p)[^/]+)*)/
const EVERYWHERE = ['0.0.0.0', '::']

/**
 * Addresses to listen on as before: those that ask for any free port get the port that they had, so that a node which opens its network
 * again is found where the others know it. `told` are the multiaddrs at which it was to be found. What was not found stays as it is.
 */
export function pinPorts(listen: readonly string[], told: readonly string[]): readonly string[] {
  const bound = told.filter((address) => !address.includes('/p2p-circuit')).map(parts)
  return listen.map((address) => {
    const asked = parts(address)
    if (asked?.port !== '0') return address
    const { family, host, rest } = asked
    const had = bound.find(
      (one) =>
        one?.family === family && one.rest === rest && (one.host === host || EVERYWHERE.includes(host)),
    )
    return had === undefined ? address : `/${family}/${host}/tcp/${had.port}${rest}`
  })
}

function parts(address: string): Record<'family' | 'host' | 'port' | 'rest', string> | undefined {
  return LISTENER.exec(address)?.groups as Record<'family' | 'host' | 'port' | 'rest', string> | undefined
}
