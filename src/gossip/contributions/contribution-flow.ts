import { AnnounceTopic } from '../announce/announce.ts'
import { DEFAULT_CHUNK_TIMEOUTS } from '../blocks/chunk-client.ts'
import { ChunkServer } from '../blocks/chunk-server.ts'
import { CHUNKS } from '../blocks/chunk-messages.ts'
import { ContributionExchange } from './contribution-exchange.ts'
import { EquivocationWatch } from './equivocation-watch.ts'
import { asError } from '../errors.ts'
import { KnownHolders } from '../blocks/known-holders.ts'
import { EquivocationProver } from '../ledger/equivocation-prover.ts'
import { LedgerFlow } from '../ledger/ledger-flow.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { standingOf } from '../ledger/standing.ts'
import type { NetworkContext } from '../network-context.ts'
import { onViolation } from '../network-context.ts'
import { fetchPayload } from '../blocks/payload-fetch.ts'
import { PayloadJobs } from '../blocks/payload-jobs.ts'
import { PeerLinks } from '../links/peer-links.ts'
import { ReceiptExchange } from '../receipts/receipt-exchange.ts'
import type { TopicVerdict } from '../announce/topic-validator.ts'
import type { Verdict } from '../types.ts'

/** The way of contributions through a node: announced or reconciled → entered → fetched → judged. Nothing runs yet. */
export class ContributionFlow {
  readonly exchange: ContributionExchange
  readonly jobs: PayloadJobs
  readonly announce: AnnounceTopic
  readonly chunkServer: ChunkServer
  readonly receipts: ReceiptExchange
  readonly links: PeerLinks
  /** Absent where membership is fixed. */
  readonly ledger: LedgerFlow | undefined
  readonly #context: NetworkContext
  readonly #holders = new KnownHolders()
  readonly #prover: EquivocationProver | undefined

  constructor(context: NetworkContext) {
    this.#context = context
    if (context.ledger !== undefined) {
      this.#prover = new EquivocationProver(context, context.ledger)
      this.ledger = this.#createLedgerFlow(context.ledger)
    }
    this.exchange = this.#createExchange()
    this.jobs = this.#createJobs()
    this.announce = this.#createAnnounce()
    this.chunkServer = new ChunkServer({ ...context, onViolation: onViolation(context) })
    this.receipts = this.#createReceipts()
    this.links = new PeerLinks(context, this.exchange, this.receipts, {
      onOffered: (id, peer) => this.#noteHolder(id, peer),
      onReconciled: () => this.jobs.resume(),
    })
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
    const { ledger, store } = this.#context
    return new ContributionExchange({
      ...this.#context,
      ...(ledger !== undefined && {
        standing: (header) => standingOf(ledger.state, header),
        watch: new EquivocationWatch(store, (found) => this.#prover?.found(found)),
      }),
      onKept: () => this.jobs.resume(),
      onRefused: (id, reason, bearer) => this.#context.emit('rejected', id, reason, bearer),
    })
  }

  #createLedgerFlow(ledger: Ledger): LedgerFlow {
    return new LedgerFlow(this.#context, ledger, {
      publish: (statement) => this.announce.publish({ type: 'statement', statement }),
      onBehind: (peer) => this.links.reconciler.now(peer),
      onChanged: () => this.#context.emit('ledger'),
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
    const { host, signal, random, conduct, chunkTimeouts = DEFAULT_CHUNK_TIMEOUTS } = this.#context
    const fetching = {
      ...this.#context,
      book: conduct,
      timeouts: chunkTimeouts,
      openStream: (peer: string) => host.openStream(peer, CHUNKS),
    }
    return new PayloadJobs({
      ...this.#context,
      unsettled: () => this.exchange.unsettled(),
      fetch: (id, chunks) => {
        const holders = (): string[] => this.#holders.inOrder(id, host.connectedPeers(), random)
        return fetchPayload(fetching, chunks, holders, signal)
      },
      onSettled: (id, verdict) => this.#onSettled(id, verdict),
    })
  }

  #onSettled(id: string, verdict: Extract<Verdict, { kind: 'accept' | 'reject' }>): void {
    this.#holders.forget(id)
    if (verdict.kind === 'reject') {
      this.exchange.settle(id, 'rejected')
      this.#context.emit('rejected', id, verdict.reason, this.#context.identity.peer)
      return
    }
    this.exchange.settle(id, 'admitted')
    this.#context.emit('admitted', id)
    this.jobs.rejudge()
    void this.exchange.retryHeld() // never rejects
  }

  #createAnnounce(): AnnounceTopic {
    const { host, consortium, isMember } = this.#context
    const rules = {
      consortium,
      isMember,
      judge: this.exchange.judge.bind(this.exchange),
      takeStatement: async (statement: Uint8Array, announcer: string) =>
        (await this.ledger?.announced(statement, announcer)) ?? ('ignore' as const),
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
    if (announcement?.type === 'receipt' || announcement?.type === 'statement') return
    if (announcement === undefined || opened === undefined) {
      this.#context.emit('rejected', null, verdict.reason ?? 'malformed', announcer)
      return
    }
    this.links.learn(announcer, announcement.addresses)
    if (announcement.holder) this.#noteHolder(opened.id, announcer)
    await this.exchange.enter(opened, announcer, verdict.verdict)
  }

  #noteHolder(id: string, peer: string): void {
    const state = this.exchange.stateOf(id)
    if (state === 'fetching' || (state === undefined && this.exchange.wants(id))) this.#holders.note(id, peer)
  }
}
