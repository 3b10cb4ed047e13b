import { RefusedError } from '../errors.ts'
import { SerialQueue } from '../wire/serial-queue.ts'
import { BallotTimer } from './ballot-timer.ts'
import { encodeCertificate, isAcceptor, openCertificate, readCertificate } from './certificate.ts'
import { cutDigest, decodeCut, foundingRound, roundAfter } from './cut.ts'
import { acceptorDuty, proposal, type RoundView, type Utterance } from './duties.ts'
import { passDue, presentDue } from './greetings.ts'
import { nextAcceptors } from './next-acceptors.ts'
import { remembers, wordsToRepeat } from './own-words.ts'
import { RoundBook } from './round-book.ts'
import { openRoundMessage, signRoundMessage } from './round-message.ts'
import type { RoundEngineInit, Taken } from './round-types.ts'
import { FRESH_MEMORY, promise, type AcceptorMemory, type Ballot } from './synod.ts'
import { FIRST_INCARNATION, type Cut, type OpenedMessage, type RoundStart, type Word } from './types.ts' // prettier-ignore

/**
 * One node's part in the rounds of the staged schedule: it votes, proposes when others do not come to an end, and learns what is decided.
 * Nothing that it says leaves before it is on disk; safety rests on no time, only progress does. It says nothing before a peer has told it
 * all that it knows of the round: own words that are not on this disk would show that the disk has been set back.
 */
export class RoundEngine {
  readonly #init: RoundEngineInit
  readonly #work = new SerialQueue()
  readonly #timer: BallotTimer
  #book: RoundBook
  #memory: AcceptorMemory = FRESH_MEMORY
  /** Of the last vote. */
  #cut: Uint8Array | null = null
  #incarnation = FIRST_INCARNATION
  /** Own words that are not on disk have come to light, and no new incarnation is on disk yet. */
  #hasForgotten = false
  /** A peer has told all that it knows of this round, or this node has come to it by itself. */
  #isInformed = false
  /** What was said before a restart has been said again. */
  #hasRepeated = false
  /** The own ballot of this life that no cut has been proposed in. */
  #attempt: Ballot | null = null

  /** @throws whatever the store throws */
  static async open(init: RoundEngineInit): Promise<RoundEngine> {
    const engine = new RoundEngine(init)
    await engine.#load()
    return engine
  }

  private constructor(init: RoundEngineInit) {
    this.#init = init
    this.#timer = new BallotTimer(init, () => {
      const { round } = this
      void this.#work.run(() => this.#try(round))
    })
    this.#book = new RoundBook(foundingRound(init))
  }

  /** The round that is not decided yet. */
  get round(): number {
    return this.#book.start.round
  }

  get start(): RoundStart {
    return this.#book.start
  }

  /** Whether this node votes in this round. */
  get isAcceptor(): boolean {
    const { peer } = this.#init.identity
    const self = { author: peer, incarnation: this.#incarnation }
    return !this.#hasForgotten && isAcceptor(this.start.acceptors, self)
  }

  /** All that is known of the round, for whoever asks. */
  get book(): RoundBook {
    return this.#book
  }

  get incarnation(): string {
    return this.#incarnation
  }

  /** A peer has told all that it knows: from now on this node speaks. */
  informed(): Promise<void> {
    this.#isInformed = true
    return this.review()
  }

  /** Contributions, members, agenda or connections are others than before. */
  review(): Promise<void> {
    return this.#work.run(() => this.#advance())
  }

  /**
   * @param speaker - who brings it, where only its author may
   * @throws RefusedError - bytes that are no round message of this consortium, or another's; by the reasons of `openRoundMessage`, `wrong-content`
   */
  async take(bytes: Uint8Array, speaker?: string): Promise<Taken> {
    const opened = await openRoundMessage(bytes, this.#init.consortium)
    const { author } = opened.message
    if (speaker !== undefined && author !== speaker) {
      throw new RefusedError('wrong-content', 'round message', `of ${author}, told by ${speaker}`)
    }
    return this.#work.run(async (): Promise<Taken> => {
      const { round, previous } = opened.message
      if (round < this.round) return 'past'
      if (this.#isForgotten(opened)) {
        this.#hasForgotten = true
        await this.#advance()
      }
      if (round > this.round) return 'ahead'
      if (previous !== this.start.previous || !this.#mayBePresent(opened)) return 'ignored'
      return this.#enter(opened)
    })
  }

  async #enter(opened: OpenedMessage): Promise<Taken> {
    const added = this.#book.add(opened)
    if (typeof added === 'object') {
      this.#init.onContradiction(added.contradicts, opened)
      return 'known'
    }
    if (added === 'news') await this.#advance()
    return added
  }

  /** An own word that this memory does not hold; of a later round any is, as the certificates before it were on disk. */
  #isForgotten({ message: { author, incarnation, round, word } }: OpenedMessage): boolean {
    if (author !== this.#init.identity.peer || incarnation !== this.#incarnation) return false
    return round > this.round || !remembers(this.#memory, word)
  }

  /** Anybody may sign that it is there; kept is what members say. */
  #mayBePresent({ message: { author, word } }: OpenedMessage): boolean {
    return word.type !== 'present' || this.#init.source.members().includes(author)
  }

  /** A cut that votes name and that is not here. @throws RefusedError */
  takeCut(bytes: Uint8Array): Promise<Taken> {
    return this.#work.run(async (): Promise<Taken> => {
      if (!this.#book.missingCuts().includes(cutDigest(bytes))) return 'ignored'
      decodeCut(bytes, this.#init.consortium, this.start)
      this.#book.addCut(bytes)
      await this.#advance()
      return 'news'
    })
  }

  /** The certificate of this round. @throws RefusedError */
  takeCertificate(bytes: Uint8Array): Promise<Taken> {
    return this.#work.run(async (): Promise<Taken> => {
      const { consortium } = this.#init
      if (readCertificate(bytes, consortium).cut.round < this.round) return 'past' // it has come from elsewhere meanwhile
      const { cut, digest } = await openCertificate(bytes, consortium, this.start)
      await this.#decide(cut, digest, bytes)
      this.#isInformed = false
      await this.#advance()
      return 'news'
    })
  }

  /** Resolves when nothing is being written any more. */
  async close(): Promise<void> {
    this.#timer.stop()
    await this.#work.idle()
  }

  async #load(): Promise<void> {
    const { store, consortium } = this.#init
    this.#incarnation = await store.incarnation()
    const newest = await store.newest()
    if (newest !== null) {
      const { cut, digest } = readCertificate(newest.bytes, consortium)
      this.#book = new RoundBook(roundAfter(cut, digest))
    }
    const kept = await store.memory()
    if (kept?.round !== this.round) return
    this.#memory = kept.memory
    this.#cut = kept.cut
    if (kept.cut !== null) this.#book.addCut(kept.cut)
  }

  /** Does all that is due, until nothing is. What the disk refuses is not said, and is tried again with whatever comes next. */
  async #advance(): Promise<void> {
    if (this.#init.signal.aborted) return
    try {
      if (this.#hasForgotten) await this.#renew()
      while (await this.#step());
      this.#timer.watch(this.#book, this.isAcceptor && this.#maySpeak())
    } catch (thrown) {
      this.#init.onFailure(thrown)
    }
  }

  /** Whether something was done. */
  async #step(): Promise<boolean> {
    const decision = this.#book.decision()
    const bytes = decision === null ? undefined : this.#book.cut(decision.cut)
    if (decision !== null && bytes !== undefined) {
      const cut = decodeCut(bytes, this.#init.consortium, this.start)
      await this.#decide(cut, decision.cut, encodeCertificate(bytes, decision.votes))
      return true
    }
    return this.#maySpeak() && (await this.#speak())
  }

  /** The only one who votes needs nobody to tell it. */
  #maySpeak(): boolean {
    return this.#isInformed || (this.isAcceptor && this.start.acceptors.length === 1)
  }

  /** Whether there was something to say. */
  async #speak(): Promise<boolean> {
    const greeting = this.#greeting()
    if (greeting !== null) {
      await this.#say(greeting)
      return true
    }
    if (!this.isAcceptor) return false
    if (!this.#hasRepeated) await this.#repeat()
    const own = this.#attempt && proposal(this.#view(), this.#attempt)
    if (own) {
      this.#attempt = null
      await this.#say(own)
      return true
    }
    const duty = acceptorDuty(this.#view())
    if (duty !== null) await this.#utter(duty)
    return duty !== null
  }

  /** What binds nobody: that this memory is there, or that nothing comes from this node. */
  #greeting(): Word | null {
    const { identity, source } = this.#init
    if (this.isAcceptor) return passDue(identity.peer, this.#book, source)
    return this.#hasForgotten ? null : presentDue(identity.peer, this.#incarnation, this.#book, source)
  }

  async #repeat(): Promise<void> {
    this.#hasRepeated = true
    for (const word of wordsToRepeat(this.#memory)) await this.#say(word)
  }

  async #renew(): Promise<void> {
    this.#incarnation = await this.#init.store.renew()
    this.#hasForgotten = false
    this.#memory = FRESH_MEMORY
    this.#cut = null
    this.#attempt = null
    this.#init.onForgotten(this.#incarnation)
  }

  /** Others do not come to an end: asks for promises in a ballot above all that it has seen. */
  async #try(due: number): Promise<void> {
    const isDue = due === this.round && this.isAcceptor && this.#maySpeak()
    if (!isDue || this.#init.signal.aborted) return
    const number = 1 + Math.max(this.#book.highest()?.number ?? 0, this.#memory.promised?.number ?? 0)
    const ballot = { number, proposer: this.#init.identity.peer }
    try {
      const memory = promise(this.#memory, ballot)!
      await this.#utter({ word: { type: 'promise', ballot, accepted: memory.accepted }, memory })
      await this.#say({ type: 'prepare', ballot })
      this.#attempt = ballot
    } catch (thrown) {
      this.#init.onFailure(thrown)
    }
    await this.#advance()
  }

  async #utter({ word, memory }: Utterance): Promise<void> {
    const cut = word.type === 'vote' ? this.#book.cut(word.cut)! : this.#cut
    await this.#init.store.saveMemory({ round: this.round, memory, cut })
    this.#memory = memory
    this.#cut = cut
    await this.#say(word)
  }

  async #say(word: Word): Promise<void> {
    const { identity, consortium } = this.#init
    const { round, previous } = this.start
    const incarnation = this.#incarnation
    const message = { consortium, round, previous, author: identity.peer, incarnation, word }
    const opened = await signRoundMessage(message, identity)
    this.#book.add(opened)
    this.#init.send(opened)
  }

  async #decide(cut: Cut, digest: string, certificate: Uint8Array): Promise<void> {
    await this.#init.store.addCertificate(cut.round, certificate)
    this.#book = new RoundBook(roundAfter(cut, digest))
    this.#memory = FRESH_MEMORY
    this.#cut = null
    this.#attempt = null
    this.#timer.reset()
    this.#init.onDecided(cut, digest)
  }

  #view(): RoundView {
    const { consortium, source } = this.#init
    const book = this.#book
    const { start } = book
    return {
      consortium,
      book,
      memory: this.#memory,
      held: source.held(start.round),
      plan: () => ({
        charter: source.charter(),
        acceptors: nextAcceptors(book, source.members()),
        agenda: source.agenda(start),
      }),
      holdsAll: (bytes) => {
        const cut = decodeCut(bytes, consortium, start)
        return cut.contributions.every((id) => source.isHeld(id))
      },
    }
  }
}
