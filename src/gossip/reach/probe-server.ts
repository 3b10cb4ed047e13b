import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { ATTEMPT_TIMEOUT_MS, MAX_PROBE_DIALS, MAX_RATED_PROBERS, PROBES_PER_MINUTE } from '../constants.ts'
import { asError, RefusedError } from '../errors.ts'
import type { ReachHost } from '../host/attempt.ts'
import { endpointOf } from '../host/knock.ts'
import type { PeerHost } from '../host/peer-host.ts'
import type { Logger } from '../types.ts'
import { BoundedMap } from '../wire/bounded-map.ts'
import type { Clock } from '../wire/clock.ts'
import { withDeadline } from '../wire/deadline.ts'
import type { Frames } from '../wire/frames.ts'
import { TokenBucket } from '../wire/token-bucket.ts'
import { mayProbe, verdictOf } from './may-probe.ts'
import {
  decodeProbeRequest,
  encodeProbeReply,
  type ProbedAddress,
  type ProbeReply,
} from './probe-messages.ts'

export interface ProbeServerInit {
  readonly host: Pick<PeerHost, 'connections'>
  readonly reach: Pick<ReachHost, 'attempt'>
  readonly logger: Logger
  readonly clock: Clock
  /** What this node says of itself. */
  facts(): Pick<ProbeReply, 'time' | 'kernel' | 'charter' | 'ledger'>
  /** Where a member says, before all, that it listens. */
  addressesOf(peer: string): readonly string[]
  /** A peer broke the protocol. */
  onViolation(peer: string, error: RefusedError): void
}

/**
 * Tries, for a member, whether it can be dialled where it says that it listens. Dials nobody else: what it may be made to
 * dial, and what it tells of it, is in may-probe.ts; how often, here.
 */
export class ProbeServer {
  readonly #init: ProbeServerInit
  readonly #rates = new BoundedMap<string, TokenBucket>(MAX_RATED_PROBERS)
  #dials = 0

  constructor(init: ProbeServerInit) {
    this.#init = init
  }

  /** Serves one inbound stream; never throws. */
  async serve(frames: Frames, peer: string): Promise<void> {
    try {
      const addresses = decodeProbeRequest(await frames.read())
      const observed = this.#observed(peer)
      const mayDial = addresses.length === 0 || this.#rateOf(peer).take()
      const probed = await Promise.all(
        addresses.map((address) => this.#probe(address, peer, observed, mayDial)),
      )
      const reply = { ...this.#init.facts(), observed: observed[0] ?? null, probed }
      await frames.write([encodeProbeReply(reply)])
    } catch (thrown) {
      const error = asError(thrown)
      if (error instanceof RefusedError) this.#init.onViolation(peer, error)
      else this.#init.logger.debug({ peer, err: error }, 'probe stream broke off')
      frames.abort(error)
    } finally {
      await frames.close()
    }
  }

  async #probe(
    address: string,
    peer: string,
    observed: readonly string[],
    mayDial: boolean,
  ): Promise<ProbedAddress> {
    if (!mayDial || this.#dials >= MAX_PROBE_DIALS) return { address, verdict: 'busy' }
    this.#dials++
    try {
      return { address, verdict: await this.#dial(address, peer, observed) }
    } finally {
      this.#dials--
    }
  }

  async #dial(address: string, peer: string, observed: readonly string[]): Promise<ProbedAddress['verdict']> {
    const endpoint = endpointIn(address)
    if (endpoint === undefined) return 'declined'
    const ips = await resolve(endpoint.host)
    const isClaimed = this.#init.addressesOf(peer).some((one) => bare(one) === bare(address))
    const permission = mayProbe({ ips, isClaimed, observed })
    const [ip] = ips
    if (permission === 'no' || ip === undefined) return 'declined'
    // the address that was judged, not the name, which may answer otherwise the next time
    const judged = `/${isIP(ip) === 6 ? 'ip6' : 'ip4'}/${ip}/tcp/${endpoint.port}`
    return verdictOf(permission, (await this.#init.reach.attempt(judged, peer)).outcome)
  }

  #observed(peer: string): string[] {
    const direct = this.#init.host.connections().filter((one) => one.peer === peer && one.path === 'direct')
    return direct.flatMap(({ address }) => endpointIn(address)?.host ?? [])
  }

  #rateOf(peer: string): TokenBucket {
    const known = this.#rates.get(peer)
    if (known !== undefined) return known
    const rate = { perSecond: PROBES_PER_MINUTE / 60, burst: PROBES_PER_MINUTE }
    const bucket = new TokenBucket(rate, this.#init.clock)
    this.#rates.set(peer, bucket)
    return bucket
  }
}

function endpointIn(address: string): ReturnType<typeof endpointOf> {
  try {
    return endpointOf(address)
  } catch {
    return undefined
  }
}

function bare(address: string): string {
  return address.split('/p2p/')[0] ?? address
}

async function resolve(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host]
  try {
    const found = await withDeadline('name', ATTEMPT_TIMEOUT_MS, undefined, () => lookup(host, { all: true }))
    return found.map(({ address }) => address)
  } catch {
    return []
  }
}
