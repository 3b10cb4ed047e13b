import { FIRST_INCARNATION } from './types.ts'
import { SerialQueue } from '../wire/serial-queue.ts'
import { BallotTimer } from './ballot-timer.ts'
import { encodeCertificate, isAcceptor, openCertificate, readCertificate } from './certificate.ts'
import { decodeCut, cutDigest } from './cut.ts'
import { acceptorDuty, proposal, sameAcceptors, type RoundView, type Utterance } from './duties.ts'
import { RoundBook } from './round-book.ts'
import { openRoundMessage, signRoundMessage } from './round-message.ts'
import type { RoundEngineInit, Taken } from './round-types.ts'
import { FRESH_MEMORY, promise, type AcceptorMemory, type Ballot } from './synod.ts'
import type { Acceptor, Cut, RoundStart, Word } from './types.ts'

/**
 * One node's part in the rounds of the staged schedule: it votes, proposes when others do not come to an end, and learns what is decided.
 * Nothing that it says leaves before it is on disk; safety rests on no time, only progress does.
 */
export class RoundEngine {
  readonly #init: RoundEngineInit
  readonly #work = new SerialQueue()
  readonly #timer: BallotTimer
  #book: RoundBook
  #memory: AcceptorMemory = FRESH_MEMORY
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
    this.#timer = new BallotTimer(init, () => void this.#work.run(() => this.#try()))
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
    const { identity, incarnation } = this.#init
    return isAcceptor(this.start.acceptors, { author: identity.peer, incarnation })
  }

  /** All that is known of the round, for whoever asks. */
  get book(): RoundBook {
    return this.#book
  }

  /** Says again what was said before a restart, and what is due. */
  begin(): Promise<void> {
    return this.#work.run(async () => {
      const { promised, accepted } = this.#memory
      if (!this.isAcceptor) await this.#say({ type: 'present' })
      else if (accepted !== null) await this.#say({ type: 'vote', ...accepted })
      else if (promised !== null) await this.#say({ type: 'promise', ballot: promised, accepted })
      await this.#advance()
    })
  }

  /** Contributions, members or connections are others than before. */
  review(): Promise<void> {
    return this.#work.run(() => this.#advance())
  }

  /** @throws RefusedError - bytes that are no round message of this consortium */
  async take(bytes: Uint8Array): Promise<Taken> {
    const opened = await openRoundMessage(bytes, this.#init.consortium)
    return this.#work.run(async (): Promise<Taken> => {
      const { round, previous } = opened.message
      if (round < this.round) return 'past'
      if (round > this.round) return 'ahead'
      if (previous !== this.start.previous) return 'ignored'
      const added = this.#book.add(opened)
      if (typeof added === 'object') {
        this.#init.onContradiction(added.contradicts, opened)
        return 'known'
      }
      if (added === 'news') await this.#advance()
      return added
    })
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
      const { cut, digest } = await openCertificate(bytes, this.#init.consortium, this.start)
      await this.#decide(cut, digest, bytes)
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
    const newest = await store.newest()
    if (newest !== null) {
      const { cut, digest } = readCertificate(newest.bytes, consortium)
      this.#book = new RoundBook(roundAfter(cut, digest))
    }
    const kept = await store.memory()
    if (kept?.round === this.round) this.#memory = kept.memory
  }

  /** Does all that is due, until nothing is. What the disk refuses is not said, and is tried again with whatever comes next. */
  async #advance(): Promise<void> {
    if (this.#init.signal.aborted) return
    try {
      while (await this.#step());
      this.#timer.watch(this.#book, this.isAcceptor)
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
    if (!this.isAcceptor) return false
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

  /** Others do not come to an end: asks for promises in a ballot above all that it has seen. */
  async #try(): Promise<void> {
    if (!this.isAcceptor || this.#init.signal.aborted) return
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
    await this.#init.store.saveMemory(this.round, memory)
    this.#memory = memory
    await this.#say(word)
  }

  async #say(word: Word): Promise<void> {
    const { identity, consortium, incarnation } = this.#init
    const { round, previous } = this.start
    const message = { consortium, round, previous, author: identity.peer, incarnation, word }
    const opened = await signRoundMessage(message, identity)
    this.#book.add(opened)
    this.#init.send(opened)
  }

  async #decide(cut: Cut, digest: string, certificate: Uint8Array): Promise<void> {
    await this.#init.store.addCertificate(cut.round, certificate)
    this.#book = new RoundBook(roundAfter(cut, digest))
    this.#memory = FRESH_MEMORY
    this.#attempt = null
    this.#timer.reset()
    this.#init.onDecided(cut, digest)
    if (!this.isAcceptor) await this.#say({ type: 'present' })
  }

  #view(): RoundView {
    const { consortium, source } = this.#init
    const { start } = this.#book
    return {
      consortium,
      book: this.#book,
      memory: this.#memory,
      held: source.held(start.round),
      plan: { charter: source.charter(), acceptors: this.#nextAcceptors() },
      holdsAll: (bytes) => {
        const cut = decodeCut(bytes, consortium, start)
        return cut.contributions.every((id) => source.isHeld(id))
      },
    }
  }

  /** Members that have said which memory they vote with. Nobody left to vote would be the end: then all stays as it is. */
  #nextAcceptors(): readonly Acceptor[] {
    const { acceptors } = this.start
    const present = this.#book.present()
    const incarnations = new Map(acceptors.map(({ peer, incarnation }) => [peer, incarnation]))
    const next = this.#init.source.members().flatMap((peer) => {
      const incarnation = present.get(peer) ?? incarnations.get(peer)
      return incarnation === undefined ? [] : [{ peer, incarnation }]
    })
    return next.length > 0 && !sameAcceptors(next, acceptors) ? next : acceptors
  }
}

function foundingRound({ founders, charter }: RoundEngineInit): RoundStart {
  const acceptors = [...founders].sort().map((peer) => ({ peer, incarnation: FIRST_INCARNATION }))
  return { round: 0, previous: null, charter, acceptors }
}

function roundAfter({ round, charter, acceptors }: Cut, digest: string): RoundStart {
  return { round: round + 1, previous: digest, charter, acceptors }
}
