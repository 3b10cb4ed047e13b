import { PeermergeError } from '../../errors.ts'
import { asError } from '../errors.ts'

/** libp2p puts the cause into the text of one long message; this names the port. */
export function listenError(thrown: unknown, listen: readonly string[]): PeermergeError {
  const cause = asError(thrown)
  const taken = /EADDRINUSE[^\n]*?(\S+):(\d+)\s/.exec(cause.message)
  if (taken !== null) {
    const [, host, port] = taken
    return new PeermergeError(
      'ERR_PORT_IN_USE',
      `port ${port} of ${host} is in use; stop the other process or choose another port (0 takes a free one)`,
      { host, port: Number(port), listen },
      { cause },
    )
  }
  const wanted = listen.join(', ')
  return new PeermergeError(
    'ERR_LISTEN',
    `cannot listen on ${wanted}; check the address`,
    { listen },
    { cause },
  )
}
