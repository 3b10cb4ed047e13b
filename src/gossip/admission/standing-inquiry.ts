import { MAX_RATED_PEERS, STANDING_RATE, STANDING_TIMEOUT_MS } from '../constants.ts'
import { asError } from '../errors.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { NetworkContext } from '../network-context.ts'
import { withDeadline } from '../wire/deadline.ts'
import { TokenBuckets } from '../wire/token-bucket.ts'
import { ADMISSION } from './admission-messages.ts'
import { askStanding } from './ask-admission.ts'

/**
 * Asks a member that does not greet this node whether it has been removed meanwhile. What comes is no more than statements: only if
 * the signed votes among them are enough does the own ledger say so.
 */
export class StandingInquiry {
  readonly #context: NetworkContext
  readonly #ledger: Ledger
  readonly #rates: TokenBuckets

  constructor(context: NetworkContext, ledger: Ledger) {
    this.#context = context
    this.#ledger = ledger
    this.#rates = new TokenBuckets(STANDING_RATE, context.clock, MAX_RATED_PEERS)
  }

  /** Never rejects; a peer that is asked too often is not asked. */
  async ask(peer: string): Promise<void> {
    const { identity, logger } = this.#context
    if (!this.#ledger.isMember(identity.peer) || !this.#rates.take(peer)) return
    try {
      for (const bytes of await this.#statements(peer)) await this.#ledger.enter(bytes, peer)
    } catch (thrown) {
      logger.debug({ peer, err: asError(thrown) }, 'a peer that does not greet does not say why either')
    }
  }

  async #statements(peer: string): Promise<readonly Uint8Array[]> {
    const { host, signal, clock } = this.#context
    const frames = await host.openStream(peer, ADMISSION)
    const work = (deadline: AbortSignal): Promise<readonly Uint8Array[]> => {
      deadline.addEventListener('abort', () => frames.abort(asError(deadline.reason)), { once: true })
      return askStanding(frames)
    }
    try {
      return await withDeadline('standing', STANDING_TIMEOUT_MS, signal, work, clock)
    } finally {
      await frames.close()
    }
  }
}
