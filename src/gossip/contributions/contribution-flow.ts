import { StandingInquiry } from '../admission/standing-inquiry.ts'
import { AnnounceTopic } from '../announce/announce.ts'
import { PayloadTransfer } from '../blocks/payload-transfer.ts'
import type { ChunkServer } from '../blocks/chunk-server.ts'
import { ContributionExchange } from './contribution-exchange.ts'
import { EquivocationWatch } from './equivocation-watch.ts'
import { contributionSet } from './contribution-set.ts'
import { asError, RefusedError } from '../errors.ts'
import { statementSet } from '../ledger/statement-set.ts'
import type { Greeting } from '../sync/greeting.ts'
import { EquivocationProver } from '../ledger/equivocation-prover.ts'
import { LedgerFlow } from '../ledger/ledger-flow.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { standingOf } from '../ledger/standing.ts'
import type { NetworkContext } from '../network-context.ts'
import { onViolation } from '../network-context.ts'
import { PayloadJobs } from '../blocks/payload-jobs.ts'
import { type GreetingFacts, PeerLinks } from '../links/peer-links.ts'
import { ReceiptExchange } from '../receipts/receipt-exchange.ts'
import { RoundFlow } from '../rounds/round-flow.ts'
import type { TopicVerdict } from '../announce/topic-validator.ts'
import type { Verdict } from '../types.ts'

/** The way of contributions through a node: announced or reconciled → entered → fetched → judged. Nothing runs yet. */
export class ContributionFlow {
  readonly exchange: ContributionExchange
  readonly jobs: PayloadJobs
  readonly announce: AnnounceTopic
  readonly receipts: ReceiptExchange
  readonly links: PeerLinks
  /** Absent where membership is fixed. */
  readonly ledger: LedgerFlow | undefined
  /** Absent where nothing is decided in rounds. */
  readonly rounds: RoundFlow | undefined
  readonly #context: NetworkContext
  readonly #transfer: PayloadTransfer
  readonly #prover: EquivocationProver | undefined
  readonly #toldNumbers = new Map<string, number>()

  constructor(context: NetworkContext) {
    this.#context = context
    if (context.ledger !== undefined) {
      this.#prover = new EquivocationProver(context, context.ledger)
      this.ledger = this.#createLedgerFlow(context.ledger)
    }
    this.exchange = this.#createExchange()
    this.#transfer = this.#createTransfer()
    this.jobs = this.#createJobs()
    this.announce = this.#createAnnounce()
    this.receipts = this.#createReceipts()
    this.links = this.#createLinks()
    this.rounds =
      context.rounds &&
      new RoundFlow(context, context.rounds, {
        publish: (word) => this.announce.publish({ type: 'round', word }),
        onDecided: () => this.#reviewDecided(),
      })
  }

  get chunkServer(): ChunkServer {
    return this.#transfer.server
  }

  /** Highest own number that a peer has seen, by peer, of those who have said so since the start. */
  get toldNumbers(): ReadonlyMap<string, number> {
    return this.#toldNumbers
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

  /** What was withdrawn, or of one removed, counts after all where a cut names it. */
  #reviewDecided(): void {
    this.exchange.reviewStanding()
    this.exchange.retryHeld().then(
      () => this.jobs.resume(),
      (thrown: unknown) => this.#context.logger.warn({ err: asError(thrown) }, 'what was held could not be looked at again; it will be'), // prettier-ignore
    )
  }

  #createExchange(): ContributionExchange {
    const { ledger, store, consortium } = this.#context
    return new ContributionExchange({
      ...this.#context,
      ...(ledger !== undefined && {
        // What a decided round has merged is merged by everybody, whatever the ledger has said of it since.
        standing: (facts, id) =>
          this.rounds?.isDecided(id) === true ? 'counts' : standingOf(ledger.state, { ...facts, consortium }),
        watch: new EquivocationWatch(store, (found) => this.#prover?.found(found)),
      }),
      onKept: (opened) => {
        this.#transfer.learn(opened)
        this.jobs.resume()
      },
      onRefused: (id, reason, bearer) => this.#context.emit('rejected', id, reason, bearer),
    })
  }

  #createLedgerFlow(ledger: Ledger): LedgerFlow {
    return new LedgerFlow(this.#context, ledger, {
      publish: (statement) => this.announce.publish({ type: 'statement', statement }),
      onBehind: (peer) => this.links.reconciler.ask(peer),
      onChanged: () => this.#context.emit('ledger'),
    })
  }

  #createLinks(): PeerLinks {
    const { store, ledger } = this.#context
    const contributions = contributionSet(this.exchange, store, (id, peer) =>
      this.#noteHolder(id, peer, false),
    )
    const inquiry = ledger && new StandingInquiry(this.#context, ledger)
    return new PeerLinks(this.#context, {
      sets: ledger === undefined ? [contributions] : [statementSet(ledger), contributions],
      facts: (listener, asked) => this.#greetingFacts(listener, asked),
      onGreeting: (peer, greeting, isAnswer) => {
        if (isAnswer) this.#hear(peer, greeting.receipt)
        this.#toldNumbers.set(peer, greeting.yourSequence)
      },
      onUngreeted: (peer) => void inquiry?.ask(peer), // never rejects
      onTick: async () => {
        await this.exchange.load()
        await this.exchange.retryHeld()
        this.jobs.resume()
      },
      onReconciled: (peer) => {
        this.jobs.resume()
        this.#context.emit('reconciled', peer)
      },
    })
  }

  /** Only the one who answers adds its receipt, as the one who asks cannot know yet what the other has heard. */
  #greetingFacts(listener: string, asked: Greeting | undefined): GreetingFacts {
    return {
      yourSequence: this.exchange.highestSequence(listener),
      ledgerHead: this.#context.ledger?.state.head ?? null,
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
      fetch: (id) => this.#transfer.fetch(id),
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
      takeStatement: async (statement: Uint8Array, announcer: string) =>
        (await this.ledger?.announced(statement, announcer)) ?? ('ignore' as const),
      takeWord: async (word: Uint8Array, announcer: string) =>
        (await this.rounds?.announced(word, announcer)) ?? ('ignore' as const),
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
    if (announcement !== undefined && announcement.type !== 'contribution') return
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
