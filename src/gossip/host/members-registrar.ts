import type { gossipsub } from '@chainsafe/libp2p-gossipsub'
import type { PeerId, StreamHandler, Topology } from '@libp2p/interface'

export type GossipsubComponents = Parameters<ReturnType<typeof gossipsub>>[0]
type Registrar = GossipsubComponents['registrar']

/**
 * The registrar as a service sees it that may speak with members alone: streams of others are reset, and connections to them are not
 * told of. libp2p's own middleware is no way to do this: `getMiddleware` hands out the list itself and each inbound stream adds its
 * handler to it (libp2p 3.3), so the second stream is handled twice.
 */
function membersRegistrar(registrar: Registrar, isMember: (peer: string) => boolean): Registrar {
  const handle: Registrar['handle'] = (protocol, handler, options) =>
    registrar.handle(protocol, forMembers(handler, isMember), options)
  const register: Registrar['register'] = (protocol, topology) =>
    registrar.register(protocol, ofMembers(topology, isMember))
  return new Proxy(registrar, {
    get: (target, key) => {
      if (key === 'handle') return handle
      if (key === 'register') return register
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

/** Components in which only the registrar is another. */
export function withMembersRegistrar(
  components: GossipsubComponents,
  isMember: (peer: string) => boolean,
): GossipsubComponents {
  const registrar = membersRegistrar(components.registrar, isMember)
  return new Proxy(components, {
    get: (target, key) => (key === 'registrar' ? registrar : (Reflect.get(target, key) as unknown)),
  })
}

/** Asked at every stream, so that a member who is removed speaks no more even where its connection still stands. */
export function forMembers(handler: StreamHandler, isMember: (peer: string) => boolean): StreamHandler {
  return (stream, connection) => {
    if (isMember(connection.remotePeer.toString())) return handler(stream, connection)
    stream.abort(new Error(`${stream.protocol}: not a member`))
  }
}

function ofMembers(topology: Topology, isMember: (peer: string) => boolean): Topology {
  return {
    ...topology,
    onConnect: (peer: PeerId, connection) =>
      isMember(peer.toString()) ? topology.onConnect?.(peer, connection) : undefined,
  }
}
