import type { EventEmitter } from 'node:events'
import type { Libp2pNode } from './libp2p-options.ts'
import type { PeerHostEvents } from './peer-host.ts'

/** Tells what happens on a libp2p node's connections: peers come and go, addresses work or are given by a peer as its own. */
export function followHost(node: Libp2pNode, events: EventEmitter<PeerHostEvents>): void {
  node.addEventListener('peer:connect', ({ detail }) => {
    events.emit('connected', detail.toString())
  })
  node.addEventListener('peer:disconnect', ({ detail }) => {
    events.emit('disconnected', detail.toString())
  })
  node.addEventListener('peer:identify', ({ detail: { peerId, listenAddrs } }) => {
    events.emit('addresses', peerId.toString(), listenAddrs.map(String))
  })
  node.addEventListener('connection:open', ({ detail: { remotePeer, remoteAddr, direction } }) => {
    if (direction === 'outbound') events.emit('addresses', remotePeer.toString(), [remoteAddr.toString()])
  })
}
