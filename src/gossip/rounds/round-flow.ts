import { PeermergeError } from '../../errors.ts'
import { MAX_RATED_PEERS, ROUND_ASK_TIMEOUT_MS, ROUND_WORD_RATE } from '../constants.ts'
import { asError, RefusedError } from '../errors.ts'
import type { TopicResult } from '../host/peer-host.ts'
import { onViolation, type NetworkContext } from '../network-context.ts'
import { withDeadline } from '../wire/deadline.ts'
import type { Frames } from '../wire/frames.ts'
import { TokenBuckets } from '../wire/token-bucket.ts'
import { readCertificate } from './certificate.ts'
import { RoundAsker } from './round-asker.ts'
import { RoundEngine } from './round-engine.ts'
import { answerRounds, askRounds, ROUNDS } from './round-exchange.ts'
import { statusOfRound, type RoundStatus } from './round-status.ts'
import type { NetworkRounds, RoundsInit } from './round-types.ts'
import type { Cut, DecidedRound, OpenedMessage, RoundStart } from './types.ts'

export interface RoundFlowEvents {
  /** Sends an own word to everybody. */
  publish(word: Uint8Array): Promise<unknown>
  /** One more round is decided, and {@link RoundFlow.isDecided} says so. */
  onDecided(): void
}

/** The rounds on the network: own words go over the topic at once, and whatever is lost there is asked for. */
export class RoundFlow implements NetworkRounds {
  readonly #context: NetworkContext
  readonly #init: RoundsInit
  readonly #events: RoundFlowEvents
  readonly #asker: RoundAsker
  readonly #words: TokenBuckets
  /** Authors whose contradiction in this round has been told. */
  readonly #contradicting = new Set<string>()
  /** Contributions that decided cuts name. */
  readonly #decided = new Set<string>()
  #engine: RoundEngine | undefined
  #since: number

  constructor(context: NetworkContext, init: RoundsInit, events: RoundFlowEvents) {
    this.#context = context
    this.#init = init
    this.#events = events
    this.#asker = new RoundAsker({
      ...context,
      connectedPeers: () => context.host.connectedPeers(),
      ask: (peer) => this.#ask(peer),
    })
    this.#words = new TokenBuckets(ROUND_WORD_RATE, context.clock, MAX_RATED_PEERS)
    this.#since = context.clock.now()
  }

  get start(): RoundStart {
    return this.#opened.start
  }

  get isAcceptor(): boolean {
    return this.#opened.isAcceptor
  }

  /** Reads what is on disk; serves. To be called before the host starts. @throws whatever the store throws */
  async open(): Promise<void> {
    this.#engine = await this.#openEngine()
    for (let round = 0; round < this.#engine.start.round; round++) {
      const decided = await this.decided(round)
      if (decided !== null) this.#learn(decided.cut)
    }
    this.#since = this.#context.clock.now()
    await this.#context.host.handle(ROUNDS, (frames, peer) => this.#serve(frames, peer))
  }

  /** Whether a decided cut names this contribution. */
  isDecided(id: string): boolean {
    return this.#decided.has(id)
  }

  /** The host has started. */
  begin(): void {
    this.#asker.start()
    void this.review()
  }

  get hasStarted(): boolean {
    return this.#engine !== undefined
  }

  async review(): Promise<void> {
    await this.#engine?.review()
  }

  connected(peer: string): void {
    this.#asker.connected(peer)
    void this.review()
  }

  disconnected(peer: string): void {
    this.#asker.disconnected(peer)
    void this.review()
  }

  /** A word that `announcer` has published. @throws RefusedError - no round message of this consortium, or not its own */
  async announced(word: Uint8Array, announcer: string): Promise<TopicResult> {
    if (this.#engine === undefined) return 'ignore'
    if (!this.#words.take(announcer)) {
      this.#context.counters.met('round-rate')
      return 'ignore'
    }
    const taken = await this.#engine.take(word, announcer)
    if (taken === 'ahead') this.#asker.behind(announcer)
    return taken === 'news' ? 'accept' : 'ignore'
  }

  status(): RoundStatus {
    const { book, incarnation } = this.#opened
    const { clock, identity, host } = this.#context
    const { source } = this.#init
    const connected = new Set(host.connectedPeers())
    return statusOfRound({
      self: identity.peer,
      incarnation,
      book,
      held: source.held(book.start.round),
      agenda: source.agenda(book.start),
      underWayMs: clock.now() - this.#since,
      isConnected: (peer) => connected.has(peer),
    })
  }

  async decided(round: number): Promise<DecidedRound | null> {
    const bytes = await this.#init.store.certificate(round)
    return bytes && readCertificate(bytes, this.#context.consortium)
  }

  /** The signal must have been aborted. Resolves when nothing is asked or written any more. */
  async stop(): Promise<void> {
    await this.#asker.stop()
    await this.#engine?.close()
  }

  get #opened(): RoundEngine {
    if (this.#engine !== undefined) return this.#engine
    throw new PeermergeError('ERR_NOT_STARTED', 'rounds: they need a started network')
  }

  #learn({ contributions }: Cut): void {
    for (const id of contributions) this.#decided.add(id)
  }

  #openEngine(): Promise<RoundEngine> {
    const { host, emit, logger } = this.#context
    return RoundEngine.open({
      ...this.#context,
      ...this.#init,
      isConnected: (peer) => host.connectedPeers().includes(peer),
      send: (message) => this.#send(message),
      onDecided: (cut, digest) => {
        this.#contradicting.clear()
        this.#since = this.#context.clock.now()
        this.#learn(cut)
        this.#events.onDecided()
        emit('round-decided', cut, digest)
      },
      onContradiction: (first, second) => this.#contradiction(first, second),
      onForgotten: (incarnation) => {
        logger.warn(
          { incarnation },
          'this home has been set back: it votes again once a round has named its new memory',
        )
        emit('round-forgotten', incarnation)
      },
      onFailure: (thrown) => {
        logger.error({ err: asError(thrown) }, 'the round cannot go on here for now; it is tried again')
        emit('round-failure', asError(thrown))
      },
    })
  }

  #send({ bytes, message }: OpenedMessage): void {
    this.#events.publish(bytes).catch((thrown: unknown) => {
      const { type } = message.word
      this.#context.logger.debug(
        { type, err: asError(thrown) },
        'a word could not be announced; it will be asked for',
      )
    })
  }

  #contradiction(first: OpenedMessage, second: OpenedMessage): void {
    const { author, round } = first.message
    if (this.#contradicting.has(author)) return
    this.#contradicting.add(author)
    this.#context.logger.warn({ author, round }, 'a member has said two things of which only one can be true')
    this.#context.emit('round-contradiction', author, first.bytes, second.bytes)
  }

  async #ask(peer: string): Promise<boolean> {
    const { host, signal, clock } = this.#context
    const frames = await host.openStream(peer, ROUNDS)
    const work = (deadline: AbortSignal): Promise<boolean> => {
      deadline.addEventListener('abort', () => frames.abort(asError(deadline.reason)), { once: true })
      return askRounds(frames, this.#opened)
    }
    try {
      return await withDeadline('round answer', ROUND_ASK_TIMEOUT_MS, signal, work, clock)
    } catch (thrown) {
      if (thrown instanceof RefusedError) onViolation(this.#context)(peer, thrown)
      throw thrown
    } finally {
      await frames.close()
    }
  }

  /** Serves one inbound stream; never rejects. */
  async #serve(frames: Frames, peer: string): Promise<void> {
    try {
      await answerRounds(frames, this.#opened, this.#init.store)
    } catch (thrown) {
      if (thrown instanceof RefusedError) onViolation(this.#context)(peer, thrown)
      else
        this.#context.logger.debug(
          { peer, err: asError(thrown) },
          'a peer that asked for a round got no answer',
        )
    } finally {
      await frames.close()
    }
  }
}
