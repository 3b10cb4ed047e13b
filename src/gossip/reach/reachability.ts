import { PROBERS, REACHABILITY_AGAIN_MS, REACHABILITY_FIRST_MS, REACHABILITY_MS } from '../constants.ts'
import { asError } from '../errors.ts'
import type { ReachHost } from '../host/attempt.ts'
import { byPath } from '../host/paths.ts'
import type { PeerHost } from '../host/peer-host.ts'
import type { Logger } from '../types.ts'
import type { Clock } from '../wire/clock.ts'
import { askToProbe } from './probe-client.ts'
import type { ProbedAddress } from './probe-messages.ts'

export interface ReachabilityInit {
  readonly host: PeerHost
  readonly reach: Pick<ReachHost, 'seekRelays'>
  readonly logger: Logger
  readonly clock: Clock
  readonly random: () => number
  readonly signal: AbortSignal
  /** Whether a member is known and not connected. */
  isSomeoneApart(): boolean
}

/**
 * Asks members whether they can dial this node, when it has company and every few minutes. As soon as one says no, or none
 * can say, the node lets itself be reached through relays as well; a member on the same LAN that can says nothing of others.
 * So it does where a member is still apart some time later, whatever the cause: they may meet at a relay.
 */
export class Reachability {
  readonly #init: ReachabilityInit
  #cancel: () => void = () => undefined
  #isWaiting = false
  #asks = 0
  #asking: Promise<void> = Promise.resolve()

  constructor(init: ReachabilityInit) {
    this.#init = init
  }

  /** Somebody has connected. */
  met(): void {
    if (!this.#isWaiting) this.#askAfter(REACHABILITY_FIRST_MS)
  }

  async stop(): Promise<void> {
    this.#cancel()
    await this.#asking
  }

  #askAfter(ms: number): void {
    if (this.#init.signal.aborted) return
    this.#isWaiting = true
    this.#cancel = this.#init.clock.after(ms, () => {
      this.#asking = this.#ask()
    })
  }

  async #ask(): Promise<void> {
    const { host, reach, random } = this.#init
    const asked = someOf(host.connectedPeers(), PROBERS, random)
    const { direct } = byPath(host.addresses(), host.peer)
    const answers = await Promise.all(asked.map((peer) => this.#askOne(peer, direct)))
    const isFirst = ++this.#asks === 1
    const isApart = !isFirst && this.#init.isSomeoneApart()
    if (asked.length > 0 && (isApart || needsRelay(answers))) reach.seekRelays()
    this.#askAfter((isFirst ? REACHABILITY_AGAIN_MS : REACHABILITY_MS) * (0.5 + random()))
  }

  async #askOne(peer: string, addresses: readonly string[]): Promise<readonly ProbedAddress[]> {
    try {
      return (await askToProbe(this.#init.host, peer, addresses)).probed
    } catch (thrown) {
      this.#init.logger.debug({ peer, err: asError(thrown) }, 'no word on whether this node can be reached')
      return []
    }
  }
}

/** Unless each one that could say so has dialled us. Who was busy, or may not dial what we claim, cannot say. */
export function needsRelay(answers: readonly (readonly ProbedAddress[])[]): boolean {
  const said = answers
    .map((probed) =>
      probed.map(({ verdict }) => verdict).filter((one) => one !== 'declined' && one !== 'busy'),
    )
    .filter((verdicts) => verdicts.length > 0)
  return said.length === 0 || said.some((verdicts) => !verdicts.includes('reachable'))
}

/** `count` of them, or all, in random order. */
export function someOf<T>(all: readonly T[], count: number, random: () => number): T[] {
  const rest = [...all]
  const chosen: T[] = []
  while (chosen.length < count && rest.length > 0) {
    chosen.push(...rest.splice(Math.floor(random() * rest.length), 1))
  }
  return chosen
}
