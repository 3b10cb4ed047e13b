import {
  createNetwork,
  type AdmissionDesk,
  type Bandwidth,
  type ContributionJudge,
  type GossipStore,
  type Network,
  type PayloadSpace,
  type RoundsInit,
} from '../gossip/index.ts'
import type { OpenSite } from './components.ts'
import { namespaced, type Logger } from './logger.ts'
import { memberLogger } from './member-logger.ts'
import { memberName } from './member-name.ts'
import { readNetworkKey } from './network-key-file.ts'
import { readPeers } from './peers-file.ts'

/** What only a node that runs hands to its network. */
export interface NetworkParts {
  readonly space?: PayloadSpace
  readonly admission?: AdmissionDesk
  readonly rounds?: RoundsInit | undefined
  /** @default what the settings say */
  readonly bandwidth?: Bandwidth
  readonly isQuiet?: () => boolean
}

export async function openNetwork(
  { consortium, config, identity, paths, ledger, roster }: OpenSite,
  store: GossipStore,
  judge: ContributionJudge,
  logger: Logger,
  { space, admission, rounds, bandwidth = config.bandwidth, isQuiet }: NetworkParts = {},
): Promise<Network> {
  const { listen, announce, reachable, relay, mdns, peers } = config
  return createNetwork({
    ...(admission !== undefined && { admission }),
    identity,
    consortium,
    store,
    judge,
    logger: memberLogger(namespaced(logger, 'gossip'), (peer) => memberName(roster, peer)),
    ledger,
    isMember: (peer) => ledger.isMember(peer),
    random: Math.random,
    firstReceipt: Date.now(),
    listen: listen.length > 0 ? listen : ['/ip4/0.0.0.0/tcp/0'],
    announce,
    reachable,
    relay: relay.serve ? relay : undefined,
    mdns,
    networkKey: await readNetworkKey(paths),
    bootstrap: peers,
    knownPeers: await readPeers(paths.peers, logger),
    bandwidth,
    isQuiet,
    transfers: config.transfers,
    space,
    rounds,
  })
}
