import type { Connection, PeerId } from '@libp2p/interface'
import { CLOSE_TIMEOUT_MS, REPLACED_AFTER_MS } from '../constants.ts'
import { asError } from '../errors.ts'
import type { Logger } from '../types.ts'
import type { Libp2pNode } from './libp2p-options.ts'

/** The open connection that new streams should take: a direct one if there is any. */
export function bestConnection(connections: readonly Connection[]): Connection | undefined {
  const open = connections.filter(({ status }) => status === 'open')
  return open.find(({ direct }) => direct) ?? open[0]
}

/**
 * Ends relayed connections to a peer a moment after a direct one is up. Gossip, which keeps to one connection as long as
 * that lasts and does not look for another, is led to the one that stays.
 */
export function preferDirect(node: Libp2pNode, logger: Logger): void {
  node.addEventListener('connection:open', ({ detail: { direct, remotePeer } }) => {
    if (direct) setTimeout(() => void endRelayed(node, remotePeer, logger), REPLACED_AFTER_MS).unref()
  })
  node.addEventListener('connection:close', ({ detail: { remotePeer } }) => {
    const left = bestConnection(node.getConnections(remotePeer))
    if (left === undefined || node.status !== 'started') return
    node.services.identify.identify(left).catch((thrown: unknown) => {
      logger.debug(
        { peer: remotePeer.toString(), err: asError(thrown) },
        'the connection that is left broke, too',
      )
    })
  })
}

async function endRelayed(node: Libp2pNode, peer: PeerId, logger: Logger): Promise<void> {
  const connections = node.getConnections(peer)
  if (bestConnection(connections)?.direct !== true) return
  const relayed = connections.filter(({ direct }) => !direct)
  await Promise.all(relayed.map((connection) => endGently(connection)))
  if (relayed.length > 0)
    logger.debug({ peer: peer.toString() }, 'a direct connection replaces the relayed one')
}

async function endGently(connection: Connection): Promise<void> {
  try {
    await connection.close({ signal: AbortSignal.timeout(CLOSE_TIMEOUT_MS) })
  } catch (thrown) {
    connection.abort(asError(thrown))
  }
}
