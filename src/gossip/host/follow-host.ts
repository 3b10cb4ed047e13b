import type { EventEmitter } from 'node:events'
import type { Libp2pNode } from './libp2p-options.ts'
import type { PeerHostEvents } from './peer-host.ts'

/**
 * Tells what happens on a libp2p node's connections: members come and go, addresses work or are given by a peer as its own. Returns who
 * is connected and was a member when it came; strangers are none of it, also if they become members meanwhile: gossip has passed them by.
 */
export function followHost(
  node: Libp2pNode,
  events: EventEmitter<PeerHostEvents>,
  isMember: (peer: string) => boolean,
): ReadonlySet<string> {
  const met = new Set<string>()
  node.addEventListener('peer:connect', ({ detail }) => {
    const peer = detail.toString()
    if (!isMember(peer)) return
    met.add(peer)
    events.emit('connected', peer)
  })
  node.addEventListener('peer:disconnect', ({ detail }) => {
    const peer = detail.toString()
    if (met.delete(peer)) events.emit('disconnected', peer)
  })
  node.addEventListener('peer:identify', ({ detail: { peerId, listenAddrs } }) => {
    events.emit('addresses', peerId.toString(), listenAddrs.map(String))
  })
  node.addEventListener('connection:open', ({ detail: { remotePeer, remoteAddr, direction } }) => {
    if (direction === 'outbound') events.emit('addresses', remotePeer.toString(), [remoteAddr.toString()])
  })
  return met
}
