import '../polyfill.ts'
import { createLibp2p } from 'libp2p'
import { announceTopic } from './constants.ts'
import { HolderBook } from './blocks/holder-book.ts'
import { Libp2pNetwork } from './libp2p-network.ts'
import { libp2pOptions } from './host/libp2p-options.ts'
import { membersGater } from './host/members-gater.ts'
import type { Network, NetworkInit } from './network-types.ts'
import { TrafficMeter } from './host/traffic-meter.ts'

const DEFAULT_LISTEN = ['/ip4/0.0.0.0/tcp/0']

/** A node's network: takes in signed contributions and payload chunks, and passes them on. Opens nothing until `start`. */
export async function createNetwork(init: NetworkInit): Promise<Network> {
  const { identity, consortium, isMember, announce = [], listen = DEFAULT_LISTEN } = init
  const now = init.now ?? (() => performance.now())
  const conduct = new HolderBook(now)
  const meter = new TrafficMeter()
  const host = await createLibp2p(
    libp2pOptions({
      identity,
      topic: announceTopic(consortium),
      listen,
      announce,
      gater: membersGater(isMember, meter),
      scoreOf: (peer) => conduct.scoreOf(peer),
    }),
  )
  return new Libp2pNetwork({ ...init, listen, now }, { host, conduct, meter })
}
