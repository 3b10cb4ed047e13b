import { asError } from '../errors.ts'
import type { TopicResult } from '../host/peer-host.ts'
import type { NetworkContext } from '../network-context.ts'
import type { Ledger } from './ledger.ts'
import type { OpenedStatement } from './types.ts'

export interface LedgerFlowEvents {
  /** Sends an own statement to everybody. */
  publish(statement: Uint8Array): Promise<unknown>
  /** This peer knows statements that are missing here. */
  onBehind(peer: string): void
  /** Who is a member, or what counts, is something else now. */
  onChanged(): void
}

/** The way of statements through the network: own ones are announced at once, those of others entered and passed on. */
export class LedgerFlow {
  readonly #context: Pick<NetworkContext, 'identity' | 'logger' | 'signal'>
  readonly #ledger: Ledger
  readonly #events: LedgerFlowEvents
  /** Being entered from the topic, which brings them to everybody. */
  readonly #onTopic = new Set<string>()

  constructor(
    context: Pick<NetworkContext, 'identity' | 'logger' | 'signal'>,
    ledger: Ledger,
    events: LedgerFlowEvents,
  ) {
    this.#context = context
    this.#ledger = ledger
    this.#events = events
  }

  start(): void {
    const { events } = this.#ledger
    const onEntered = (opened: OpenedStatement, bearer: string): void => {
      if (bearer === this.#context.identity.peer || this.#isOverdue(opened)) this.#announce(opened)
    }
    const onChanged = (): void => this.#events.onChanged()
    events.on('entered', onEntered)
    events.on('changed', onChanged)
    const leave = (): void => {
      events.off('entered', onEntered)
      events.off('changed', onChanged)
    }
    this.#context.signal.addEventListener('abort', leave, { once: true })
  }

  /** One that `announcer` has published. @throws RefusedError - for bytes that are no statement of this consortium */
  async announced(bytes: Uint8Array, announcer: string): Promise<TopicResult> {
    const opened = await this.#ledger.open(bytes)
    this.#onTopic.add(opened.id)
    const receipt = await this.#ledger
      .accept(opened, announcer)
      .finally(() => this.#onTopic.delete(opened.id))
    switch (receipt.kind) {
      case 'kept':
      case 'known':
        return 'accept'
      case 'waiting':
        this.#events.onBehind(announcer)
        return 'ignore'
      case 'refused': // a ledger that is full is not the announcer's fault
        return receipt.reason === 'not-a-member' ? 'reject' : 'ignore'
    }
  }

  /** Votes that came by reconciliation are news to the one that they are about, whom nobody will reconcile with when they count. */
  #isOverdue({ id, statement: { action } }: OpenedStatement): boolean {
    return (action.type === 'remove' || action.type === 'replace') && !this.#onTopic.has(id)
  }

  #announce({ bytes }: OpenedStatement): void {
    this.#events.publish(bytes).catch((thrown: unknown) => {
      this.#context.logger.warn(
        { err: asError(thrown) },
        'a statement could not be announced; reconciliation brings it',
      )
    })
  }
}
