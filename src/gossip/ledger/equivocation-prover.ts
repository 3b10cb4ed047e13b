import { PeermergeError } from '../../errors.ts'
import { MAX_PROOFS_PER_PEER, PROOF_DELAY_MS } from '../constants.ts'
import type { Contradiction } from '../contributions/equivocation-watch.ts'
import { asError } from '../errors.ts'
import type { NetworkContext } from '../network-context.ts'
import type { Ledger } from './ledger.ts'

/**
 * Makes statements of contradictions that this node has found. All that hold both envelopes find them at once, so each waits for a random
 * moment and says nothing if another has spoken.
 */
export class EquivocationProver {
  readonly #context: Pick<NetworkContext, 'clock' | 'random' | 'logger' | 'identity' | 'signal'>
  readonly #ledger: Ledger
  readonly #pending = new Set<string>()

  constructor(
    context: Pick<NetworkContext, 'clock' | 'random' | 'logger' | 'identity' | 'signal'>,
    ledger: Ledger,
  ) {
    this.#context = context
    this.#ledger = ledger
  }

  found(contradiction: Contradiction): void {
    const { clock, random, logger, identity } = this.#context
    const { peer, sequence } = contradiction
    const key = `${peer} ${sequence}`
    if (!this.#isWorthwhile(contradiction) || this.#pending.has(key)) return
    logger.warn({ peer, sequence }, 'a peer has signed two contributions under one number')
    if (peer === identity.peer) return // others will say so
    this.#pending.add(key)
    clock.after(random() * PROOF_DELAY_MS, () => {
      this.#pending.delete(key)
      if (this.#isWorthwhile(contradiction)) void this.#prove(contradiction)
    })
  }

  /** Proofs against strangers, or more of them than it takes, would fill the ledger. */
  #isWorthwhile({ peer, sequence }: Contradiction): boolean {
    const { members, former, equivocations } = this.#ledger.state
    const proven = equivocations.get(peer)
    const isKnown = members.has(peer) || former.has(peer)
    const isNeeded = proven === undefined || (proven.size < MAX_PROOFS_PER_PEER && !proven.has(sequence))
    return isKnown && isNeeded && !this.#context.signal.aborted
  }

  async #prove({ first, second }: Contradiction): Promise<void> {
    try {
      await this.#ledger.sign({ type: 'equivocation', first, second })
    } catch (thrown) {
      if (thrown instanceof PeermergeError && thrown.code === 'ERR_NO_EFFECT') return
      this.#context.logger.error({ err: asError(thrown) }, 'a proof could not be signed')
    }
  }
}
