import { ANNOUNCER_RATE, GOSSIP_BYTE_RATE, GOSSIP_RATE, MAX_RATED_PEERS, REQUEST_RATE } from '../constants.ts'
import type { NetworkCounters } from '../counters.ts'
import type { PeerHost, Protocol, TopicValidator } from '../host/peer-host.ts'
import type { Clock } from '../wire/clock.ts'
import type { Frames } from '../wire/frames.ts'
import { TokenBuckets } from '../wire/token-bucket.ts'
import { RatedFrames } from './rated-frames.ts'
import { StreamPlaces } from './stream-places.ts'

export interface GuardInit {
  readonly clock: Clock
  readonly counters: NetworkCounters
  /** Ends the waits of peers that ask too fast. */
  readonly signal: AbortSignal
}

type Serve = (frames: Frames, peer: string) => Promise<void>

/**
 * The host as the protocols see it, with the ceilings that hold for all of them alike: streams at once, requests a second,
 * gossip a second. The simulator's host gets the same.
 */
export function guardHost(host: PeerHost, init: GuardInit): PeerHost {
  const places = new StreamPlaces()
  const handle: PeerHost['handle'] = (protocol, serve) =>
    host.handle(protocol, guardStreams(protocol, serve, places, init))
  const subscribe: PeerHost['subscribe'] = (validate) => host.subscribe(guardTopic(validate, init))
  return new Proxy(host, {
    get: (target, key) => {
      if (key === 'handle') return handle
      if (key === 'subscribe') return subscribe
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

function guardStreams(protocol: Protocol, serve: Serve, places: StreamPlaces, init: GuardInit): Serve {
  const { clock, counters, signal } = init
  const buckets = new TokenBuckets(protocol.rate ?? REQUEST_RATE, clock, MAX_RATED_PEERS)
  const onWait = (): void => counters.met('request-rate')
  return async (frames, peer) => {
    const met = places.enter(peer)
    if (met !== undefined) {
      counters.met(met)
      frames.abort(new Error(`${protocol.name}: ${met}`))
      return
    }
    try {
      await serve(new RatedFrames(frames, buckets.of(peer), clock, signal, onWait), peer)
    } finally {
      places.leave(peer)
    }
  }
}

/**
 * A message beyond the rate of its bearer is dropped unread; one that is accepted is not passed on beyond the rate of its
 * signer. Neither costs anybody score: a bearer cannot know what else arrived here, and reconciliation brings what was dropped.
 */
function guardTopic(validate: TopicValidator, { clock, counters }: GuardInit): TopicValidator {
  const bearers = new TokenBuckets(GOSSIP_RATE, clock, MAX_RATED_PEERS)
  const bearerBytes = new TokenBuckets(GOSSIP_BYTE_RATE, clock, MAX_RATED_PEERS)
  const signers = new TokenBuckets(ANNOUNCER_RATE, clock, MAX_RATED_PEERS)
  return async (data, from, bearer) => {
    const carrier = bearer ?? from ?? ''
    if (!bearers.take(carrier) || !bearerBytes.take(carrier, data.byteLength)) {
      counters.met('gossip-rate')
      return 'ignore'
    }
    const result = await validate(data, from, bearer)
    if (result !== 'accept' || from === undefined || signers.take(from)) return result
    counters.met('announcer-rate')
    return 'ignore'
  }
}
