import { MAX_ATTEMPTS, MAX_EXAMINED, PROBERS } from '../constants.ts'
import type { Attempt, Outcome, ReachHost } from '../host/attempt.ts'
import { byPath } from '../host/paths.ts'
import type { PeerConnection, PeerHost } from '../host/peer-host.ts'
import type { RelayFacts } from '../host/relay-seeker.ts'
import type { Frames } from '../wire/frames.ts'
import { Limiter } from '../wire/limiter.ts'
import { askToProbe, probeExchange } from './probe-client.ts'
import { PROBES, type ProbedAddress, type ProbeReply } from './probe-messages.ts'
import { someOf } from './reachability.ts'

/** What became of dialling a member at one of its addresses. */
export interface OutboundFacts {
  /** Empty where an address without a peer id did not answer. */
  readonly peer: string
  readonly address: string
  readonly outcome: Outcome
  /** The peer that lives there instead, or the text of the failure. */
  readonly detail: string | null
}

/** What a member that was asked to dial this node says. */
export interface InboundFacts {
  readonly prober: string
  readonly probed: readonly ProbedAddress[]
}

/** What a member says of itself. */
export interface MemberFacts {
  readonly peer: string
  readonly agent: string | null
  readonly kernel: number
  readonly charter: string
  readonly ledger: string | null
  /** Its clock minus ours, as far as the way there and back lets us tell. */
  readonly skewMs: number
  /** Where it sees this node's connection come from; null through a relay. */
  readonly observed: string | null
}

export interface ReachFacts {
  /** As this node tells others, relayed ones included. */
  readonly addresses: readonly string[]
  readonly connections: readonly PeerConnection[]
  readonly outbound: readonly OutboundFacts[]
  readonly inbound: readonly InboundFacts[]
  readonly members: readonly MemberFacts[]
  /** Members without any known address. */
  readonly unknown: readonly string[]
  readonly relays: RelayFacts
}

export interface ExamineInit {
  readonly host: PeerHost
  readonly reach: ReachHost
  readonly random: () => number
  readonly wallClock: () => number
  addressesOf(peer: string): readonly string[]
}

interface TimedReply {
  readonly peer: string
  readonly reply: ProbeReply
  readonly skewMs: number
}

/**
 * Tries every known address of the members and those in `also`, where an address without a peer id stands for whoever
 * answers; asks some to dial back, and hears what they say of themselves.
 */
export async function examine(
  init: ExamineInit,
  members: readonly string[],
  also: readonly string[],
): Promise<ReachFacts> {
  const { host, reach, random } = init
  const others = members.filter((peer) => peer !== host.peer).slice(0, MAX_EXAMINED)
  const connected = new Set(host.connectedPeers())
  const attempts = await attemptAll(init, others, also)
  const probers = someOf([...connected], PROBERS, random)
  const direct = byPath(host.addresses(), host.peer).direct
  const asked = await Promise.all(
    [...connected].map((peer) => ask(init, peer, probers.includes(peer) ? direct : [])),
  )
  const replies = [
    ...asked.flatMap((one) => one ?? []),
    ...attempts.flatMap(({ attempt }) => attempt.answer ?? []),
  ]
  return {
    addresses: host.addresses(),
    connections: host.connections(),
    outbound: attempts.map(({ peer, address, attempt: { outcome, detail = null } }) => ({
      peer,
      address,
      outcome,
      detail,
    })),
    inbound: asked.flatMap((one) =>
      one === undefined || one.reply.probed.length === 0
        ? []
        : [{ prober: one.peer, probed: one.reply.probed }],
    ),
    members: await Promise.all(firstOfEach(replies).map((one) => memberFacts(init, one))),
    unknown: others.filter((peer) => !connected.has(peer) && init.addressesOf(peer).length === 0),
    relays: await reach.relays(),
  }
}

interface MemberAttempt {
  readonly peer: string
  readonly address: string
  readonly attempt: Attempt<TimedReply>
}

function attemptAll(
  init: ExamineInit,
  peers: readonly string[],
  also: readonly string[],
): Promise<MemberAttempt[]> {
  const limiter = new Limiter(MAX_ATTEMPTS)
  const known = peers.flatMap((peer) =>
    byPath(init.addressesOf(peer), init.host.peer).direct.map((address) => ({ peer, address })),
  )
  const given = also.map((address) => ({ peer: address.split('/p2p/')[1] ?? '', address }))
  const targets = [...given, ...known.filter(({ address }) => !also.includes(address))]
  return Promise.all(
    targets.map(({ peer, address }) =>
      limiter.run(async () => {
        const exchange = (frames: Frames, met: string): Promise<TimedReply> =>
          timed(init, met, () => probeExchange(frames, []))
        const attempt = await init.reach.attempt(address, peer, { protocol: PROBES, exchange })
        return { peer: attempt.answer?.peer ?? peer, address, attempt }
      }),
    ),
  )
}

async function ask(
  init: ExamineInit,
  peer: string,
  addresses: readonly string[],
): Promise<TimedReply | undefined> {
  try {
    return await timed(init, peer, () => askToProbe(init.host, peer, addresses))
  } catch {
    return undefined // it has just gone, or speaks another version; the attempts tell more
  }
}

/** Probing takes seconds, so only a reply without it tells a clock well; the better one of a peer is kept. */
async function timed(init: ExamineInit, peer: string, work: () => Promise<ProbeReply>): Promise<TimedReply> {
  const before = init.wallClock()
  const reply = await work()
  const after = init.wallClock()
  return { peer, reply, skewMs: reply.time - after + (reply.probed.length > 0 ? 0 : (after - before) / 2) }
}

function firstOfEach(replies: readonly TimedReply[]): TimedReply[] {
  const byPeer = new Map(replies.map((one) => [one.peer, one])) // the last, an attempt's, is the quicker one
  return [...byPeer.values()]
}

async function memberFacts(init: ExamineInit, { peer, reply, skewMs }: TimedReply): Promise<MemberFacts> {
  const { kernel, charter, ledger, observed } = reply
  const agent = (await init.reach.agentOf(peer)) ?? null
  return { peer, agent, kernel, charter, ledger, observed, skewMs: Math.round(skewMs) }
}
