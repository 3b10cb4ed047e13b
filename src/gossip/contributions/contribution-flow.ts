import { AnnounceTopic } from '../announce/announce.ts'
import { PayloadTransfer } from '../blocks/payload-transfer.ts'
import type { ChunkServer } from '../blocks/chunk-server.ts'
import { ContributionExchange } from './contribution-exchange.ts'
import { contributionSet } from './contribution-set.ts'
import { asError, RefusedError } from '../errors.ts'
import type { Greeting } from '../sync/greeting.ts'
import type { NetworkContext } from '../network-context.ts'
import { onViolation } from '../network-context.ts'
import { PayloadJobs } from '../blocks/payload-jobs.ts'
import { type GreetingFacts, PeerLinks } from '../links/peer-links.ts'
import { ReceiptExchange } from '../receipts/receipt-exchange.ts'
import type { TopicVerdict } from '../announce/topic-validator.ts'
import type { Verdict } from '../types.ts'

/** The way of contributions through a node: announced or reconciled → entered → fetched → judged. Nothing runs yet. */
export class ContributionFlow {
  readonly exchange: ContributionExchange
  readonly jobs: PayloadJobs
  readonly announce: AnnounceTopic
  readonly receipts: ReceiptExchange
  readonly links: PeerLinks
  readonly #context: NetworkContext
  readonly #transfer: PayloadTransfer

  constructor(context: NetworkContext) {
    this.#context = context
    this.exchange = this.#createExchange()
    this.#transfer = this.#createTransfer()
    this.jobs = this.#createJobs()
    this.announce = this.#createAnnounce()
    this.receipts = this.#createReceipts()
    this.links = this.#createLinks()
  }

  get chunkServer(): ChunkServer {
    return this.#transfer.server
  }

  /** Sends what is durable by now; a failure costs seconds, as reconciliation will bring it. */
  async send(envelope: Uint8Array): Promise<number> {
    try {
      const addresses = this.#context.host.addresses()
      return await this.announce.publish({ type: 'contribution', envelope, addresses, holder: true })
    } catch (thrown) {
      this.#context.logger.warn({ err: asError(thrown) }, 'a contribution could not be announced')
      return 0
    }
  }

  #createExchange(): ContributionExchange {
    return new ContributionExchange({
      ...this.#context,
      onKept: () => this.jobs.resume(),
      onRefused: (id, reason, bearer) => this.#context.emit('rejected', id, reason, bearer),
    })
  }

  #createLinks(): PeerLinks {
    const { store } = this.#context
    const contributions = contributionSet(this.exchange, store, (id, peer) =>
      this.#noteHolder(id, peer, false),
    )
    return new PeerLinks(this.#context, {
      sets: [contributions],
      facts: (listener, asked) => this.#greetingFacts(listener, asked),
      onGreeting: (peer, greeting, isAnswer) => {
        if (isAnswer) this.#hear(peer, greeting.receipt)
      },
      onTick: async () => {
        await this.exchange.load()
        await this.exchange.retryHeld()
        this.jobs.resume()
      },
      onReconciled: () => this.jobs.resume(),
    })
  }

  /** Only the one who answers adds its receipt, as the one who asks cannot know yet what the other has heard. */
  #greetingFacts(listener: string, asked: Greeting | undefined): GreetingFacts {
    return {
      yourSequence: this.exchange.highestSequence(listener),
      ledgerHead: null,
      heard: this.receipts.heardOf(listener),
      receipt: asked === undefined ? new Uint8Array(0) : this.receipts.answerTo(asked.heard),
    }
  }

  #hear(peer: string, receipt: Uint8Array): void {
    this.receipts.answered(peer, receipt).catch((thrown: unknown) => {
      if (thrown instanceof RefusedError) onViolation(this.#context)(peer, thrown)
      else this.#context.logger.error({ peer, err: asError(thrown) }, 'a receipt could not be read')
    })
  }

  #createTransfer(): PayloadTransfer {
    const { exchange } = this
    return new PayloadTransfer(this.#context, {
      isPruned: (id) => exchange.stateOf(id) === 'pruned',
      onHolds: (id, peer) => {
        this.#context.emit('acknowledged', id, peer)
        this.#noteHolder(id, peer, true)
      },
    })
  }

  #createReceipts(): ReceiptExchange {
    return new ReceiptExchange({
      ...this.#context,
      publish: (receipt) => this.announce.publish({ type: 'receipt', receipt }),
      onHeard: (peer) => this.#context.emit('receipt', peer),
    })
  }

  #createJobs(): PayloadJobs {
    const { host, emit } = this.#context
    return new PayloadJobs({
      ...this.#context,
      atOnce: this.#transfer.limits.payloads,
      unsettled: () => this.exchange.unsettled(),
      connectedPeers: () => host.connectedPeers(),
      fetch: (payload) => this.#transfer.fetch(payload),
      onSettled: (id, verdict) => this.#onSettled(id, verdict),
      onLetGo: (id) => {
        this.exchange.settle(id, 'pruned')
        this.#transfer.ended(id)
        emit('pruned', id)
      },
      onHeldUp: (id, { code, message }) => emit('held-up', id, code, message),
    })
  }

  #onSettled(id: string, verdict: Extract<Verdict, { kind: 'accept' | 'reject' }>): void {
    if (verdict.kind === 'reject') {
      this.#transfer.ended(id)
      this.exchange.settle(id, 'rejected')
      this.#context.emit('rejected', id, verdict.reason, this.#context.identity.peer)
      return
    }
    this.exchange.settle(id, 'admitted')
    this.#context.emit('admitted', id)
    this.jobs.rejudge()
    void this.#transfer.tellWhole(id) // never rejects
    void this.exchange.retryHeld() // never rejects
  }

  #createAnnounce(): AnnounceTopic {
    const { host, consortium, isMember } = this.#context
    const rules = {
      consortium,
      isMember,
      judge: this.exchange.judge.bind(this.exchange),
      isSettled: (id: string) => ['admitted', 'rejected'].includes(this.exchange.stateOf(id) ?? ''),
      takeReceipt: (receipt: Uint8Array, announcer: string) => this.receipts.announced(receipt, announcer),
    }
    return new AnnounceTopic(host, rules, (announcer, verdict) => {
      this.#onAnnouncement(announcer, verdict).catch((thrown: unknown) => {
        this.#context.logger.error({ err: asError(thrown) }, 'an announced contribution could not be kept')
      })
    })
  }

  async #onAnnouncement(announcer = '', verdict: TopicVerdict): Promise<void> {
    const { announcement, opened } = verdict
    if (announcement?.type === 'receipt') return
    if (announcement === undefined || opened === undefined) {
      this.#context.emit('rejected', null, verdict.reason ?? 'malformed', announcer)
      return
    }
    this.links.learn(announcer, announcement.addresses)
    if (announcement.holder) this.#noteHolder(opened.id, announcer, true)
    const { kind } = await this.exchange.enter(opened, announcer, verdict.verdict)
    if (kind === 'held') this.links.reconciler.ask(announcer) // it may know what explains this
  }

  #noteHolder(id: string, peer: string, isWhole: boolean): void {
    const state = this.exchange.stateOf(id)
    if (state !== 'fetching' && (state !== undefined || !this.exchange.wants(id))) return
    if (this.#transfer.noteHolder(id, peer, isWhole)) this.jobs.wake(id)
  }
}
