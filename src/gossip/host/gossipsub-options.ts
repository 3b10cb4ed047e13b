import type { GossipsubOpts } from '@chainsafe/libp2p-gossipsub'
import { createPeerScoreParams, createTopicScoreParams } from '@chainsafe/libp2p-gossipsub/score'
import { MAX_GOSSIP_BACKLOG_BYTES, MAX_GOSSIP_FRAME_BYTES } from '../constants.ts'

export interface GossipsubInit {
  readonly topic: string
  /** Added to a peer's gossip score: 0 or less. */
  scoreOf(peer: string): number
}

/** Gossipsub for one topic on which a message comes every few minutes. */
export function gossipsubOptions(init: GossipsubInit): Partial<GossipsubOpts> {
  return {
    globalSignaturePolicy: 'StrictSign',
    allowedTopics: [init.topic],
    fallbackToFloodsub: false,
    floodPublish: true, // own messages go to every connected member: no sybil in the mesh can withhold them
    allowPublishToZeroTopicPeers: true, // alone is no error: whoever comes later reconciles
    emitSelf: false,
    runOnLimitedConnection: true, // a relay of another make may set limits
    doPX: false, // addresses are told in greetings, to members only
    maxInboundDataLength: MAX_GOSSIP_FRAME_BYTES,
    maxOutboundBufferSize: MAX_GOSSIP_BACKLOG_BYTES,
    maxTopicBytesPerPeer: 8 * 1024, // one topic is allowed
    decodeRpcLimits: {
      maxSubscriptions: 8,
      maxMessages: 64, // MAX_GOSSIP_FRAME_BYTES / MAX_ANNOUNCEMENT_BYTES
      maxIhaveMessageIDs: 2000,
      maxIwantMessageIDs: 2000,
      maxIdontwantMessageIDs: 2000,
      maxControlMessages: 16,
      maxPeerInfos: 16,
    },
    scoreParams: createPeerScoreParams({
      topics: { [init.topic]: quietTopic() },
      appSpecificScore: (peer) => init.scoreOf(peer),
      appSpecificWeight: 1,
      IPColocationFactorWeight: 0, // a campus, a docker host or a test puts many members behind one address
    }),
  }
}

/** The defaults punish a peer that delivers little, which on this topic is everybody. */
function quietTopic(): ReturnType<typeof createTopicScoreParams> {
  return createTopicScoreParams({
    topicWeight: 1,
    meshMessageDeliveriesWeight: 0,
    meshFailurePenaltyWeight: 0,
    invalidMessageDeliveriesWeight: -10,
    invalidMessageDeliveriesDecay: 0.9,
  })
}
