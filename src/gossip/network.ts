import '../polyfill.ts'
import { setMaxListeners } from 'node:events'
import { createLibp2p } from 'libp2p'
import { ADMISSION } from './admission/admission-messages.ts'
import { AdmissionServer } from './admission/admission-server.ts'
import { HolderBook } from './blocks/holder-book.ts'
import { announceTopic } from './constants.ts'
import { NetworkCounters } from './counters.ts'
import { GossipNetwork } from './gossip-network.ts'
import { limitConnections } from './guard/connection-limits.ts'
import { Libp2pHost } from './host/libp2p-host.ts'
import { libp2pOptions } from './host/libp2p-options.ts'
import { membersGater } from './host/members-gater.ts'
import { RelaySeeker } from './host/relay-seeker.ts'
import { Strangers } from './host/strangers.ts'
import { TrafficMeter } from './host/traffic-meter.ts'
import type { Network, NetworkInit } from './network-types.ts'
import { systemClock } from './wire/clock.ts'

const DEFAULT_LISTEN = ['/ip4/0.0.0.0/tcp/0']

/** A node's network: takes in signed contributions and payload chunks, and passes them on. Opens nothing until `start`. */
export async function createNetwork(init: NetworkInit): Promise<Network> {
  const { ledger } = init
  const isMember = (peer: string): boolean => ledger?.isMember(peer) ?? init.isMember(peer)
  const { identity, announce = [], clock = systemClock, logger, networkKey } = init
  const listen = init.reachable === 'no' ? [] : (init.listen ?? DEFAULT_LISTEN)
  const topic = announceTopic(init.consortium)
  const conduct = new HolderBook(clock)
  const meter = new TrafficMeter()
  const counters = new NetworkCounters()
  const stopping = new AbortController()
  const { signal } = stopping
  setMaxListeners(Infinity, signal) // every wait hangs on it
  const strangers = init.admission === undefined ? undefined : new Strangers(clock)
  const gater = limitConnections(membersGater(isMember, meter, strangers), counters)
  const scoreOf = (peer: string): number => conduct.scoreOf(peer)
  const relays = new RelaySeeker(logger, init.reachable === 'no')
  const onFound = (peer: string, addresses: readonly string[]): void => {
    host.events.emit('heard', peer, addresses)
  }
  const lan = init.mdns === true ? { consortium: init.consortium, onFound } : undefined
  const node = await createLibp2p(
    libp2pOptions({
      identity,
      topic,
      listen,
      announce,
      gater,
      isMember,
      relays,
      serveRelay: init.relay,
      networkKey,
      lan,
      scoreOf,
    }),
  )
  const host: Libp2pHost = new Libp2pHost({ node, meter, counters, topic, listen, logger, signal, isMember })
  if (init.admission !== undefined) {
    const server = new AdmissionServer({ desk: init.admission, logger, strangers })
    await host.handle(ADMISSION, (frames, peer) => server.serve(frames, peer))
  }
  const wallClock = init.wallClock ?? ((): number => Date.now())
  const components = { host, reach: host.reach, conduct, counters, stopping }
  return new GossipNetwork({ ...init, isMember, clock, wallClock }, components)
}
