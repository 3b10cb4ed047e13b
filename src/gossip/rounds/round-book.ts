import { equals } from 'uint8arrays/equals'
import { sha256Hex } from '../../merge/index.ts'
import { MAX_WORDS_PER_AUTHOR } from '../constants.ts'
import { isAcceptor } from './certificate.ts'
import { cutDigest } from './cut.ts'
import { compareBallots, OPEN_BALLOT, votesNeeded, type Accepted, type Ballot } from './synod.ts'
import type { OpenedMessage, RoundMessage, RoundStart, Word } from './types.ts'

/** Votes that decide. */
export interface Decision {
  readonly cut: string
  readonly votes: readonly OpenedMessage[]
}

type Said<T extends Word['type']> = OpenedMessage & {
  readonly message: OpenedMessage['message'] & { readonly word: Extract<Word, { type: T }> }
}

/** All that is known of one round: a growing set of signed words, whatever came first. */
export class RoundBook {
  readonly start: RoundStart
  /** By author, kind and ballot. */
  readonly #said = new Map<string, OpenedMessage>()
  readonly #cuts = new Map<string, Uint8Array>()

  constructor(start: RoundStart) {
    this.start = start
  }

  /**
   * Words of others than acceptors count for nothing, but for `present`. Of two votes (or promises, or proposals) of one author in one
   * ballot the first stands, and the two together prove that the author is at fault.
   */
  add(opened: OpenedMessage): 'news' | 'known' | 'ignored' | { readonly contradicts: OpenedMessage } {
    const { word } = opened.message
    if (word.type !== 'present' && !isAcceptor(this.start.acceptors, opened.message)) return 'ignored'
    const key = keyOf(opened.message)
    const known = this.#said.get(key)
    if (known !== undefined && equals(known.bytes, opened.bytes)) return 'known'
    if (known !== undefined && word.type === 'pass') return 'known' // it says the same
    if (known !== undefined && word.type !== 'present') return { contradicts: known }
    this.#said.set(key, opened)
    if (word.type === 'propose') this.addCut(word.cut)
    this.#trim(opened)
    return 'news'
  }

  /** Of all that is known: equal where the same is. */
  digest(): string {
    const ids = this.messages().map(({ bytes }) => sha256Hex(bytes))
    return sha256Hex(new TextEncoder().encode(ids.sort().join()))
  }

  /** A cut that somebody has voted for, or may. */
  addCut(bytes: Uint8Array): void {
    this.#cuts.set(cutDigest(bytes), bytes)
  }

  cut(digest: string): Uint8Array | undefined {
    return this.#cuts.get(digest)
  }

  cuts(): readonly Uint8Array[] {
    return [...this.#cuts.values()]
  }

  /** Cuts that were voted for and are not here. */
  missingCuts(): readonly string[] {
    return [...this.#namedCuts()].filter((cut) => !this.#cuts.has(cut))
  }

  messages(): readonly OpenedMessage[] {
    return [...this.#said.values()]
  }

  /** The highest ballot that anybody has asked for. */
  highest(): Ballot | null {
    return newest(this.#of('prepare').map(({ message }) => message.word.ballot))
  }

  proposals(): readonly { readonly ballot: Ballot; readonly cut: string }[] {
    return this.#of('propose').map(({ message: { word } }) => ({
      ballot: word.ballot,
      cut: cutDigest(word.cut),
    }))
  }

  /** What each promising acceptor had accepted. */
  promises(ballot: Ballot): readonly (Accepted | null)[] {
    const promises = this.#of('promise').map(({ message }) => message.word)
    return promises
      .filter((word) => compareBallots(word.ballot, ballot) === 0)
      .map(({ accepted }) => accepted)
  }

  /** The cut that enough acceptors have voted for in one ballot. */
  decision(): Decision | null {
    const all = this.#of('vote')
    for (const {
      message: { word },
    } of all) {
      const votes = all.filter(({ message }) => isSame(message.word, word))
      if (votes.length >= votesNeeded(word.ballot, this.start.acceptors.length))
        return { cut: word.cut, votes }
    }
    return null
  }

  /** Memories that members vote with from the next cut on, by peer. */
  present(): ReadonlyMap<string, string> {
    return new Map(this.#of('present').map(({ message }) => [message.author, message.incarnation]))
  }

  voters(): ReadonlySet<string> {
    return new Set(this.#of('vote').map(({ message }) => message.author))
  }

  /** Members from whom nothing comes in this round, as they say. */
  passed(): ReadonlySet<string> {
    return new Set(this.#of('pass').map(({ message }) => message.author))
  }

  #of<T extends Word['type']>(type: T): readonly Said<T>[] {
    return [...this.#said.values()].filter((one): one is Said<T> => one.message.word.type === type)
  }

  /** Old ballots of one author decide nothing new, and nobody may fill the book. */
  #trim({ message: { author, word } }: OpenedMessage): void {
    const same = this.messages().filter(
      ({ message }) => message.author === author && message.word.type === word.type,
    )
    if (same.length <= MAX_WORDS_PER_AUTHOR) return
    const oldest = same.reduce((a, b) => (compareBallots(ballotOf(a), ballotOf(b)) <= 0 ? a : b))
    this.#said.delete(keyOf(oldest.message))
    if (oldest.message.word.type === 'propose') this.#forgetCut(cutDigest(oldest.message.word.cut))
  }

  /** Unless somebody has voted for it, or may be bound to it. */
  #forgetCut(digest: string): void {
    const isNamed = this.#namedCuts().has(digest) || this.proposals().some(({ cut }) => cut === digest)
    if (!isNamed) this.#cuts.delete(digest)
  }

  #namedCuts(): ReadonlySet<string> {
    const voted = this.#of('vote').map(({ message }) => message.word.cut)
    const promised = this.#of('promise').map(({ message }) => message.word.accepted?.cut)
    return new Set([...voted, ...promised].filter((cut) => cut !== undefined))
  }
}

function keyOf({ author, word }: Pick<RoundMessage, 'author' | 'word'>): string {
  return 'ballot' in word ? `${author} ${word.type} ${nameOf(word.ballot)}` : `${author} ${word.type}`
}

function nameOf({ number, proposer }: Ballot): string {
  return `${number} ${proposer}`
}

function ballotOf({ message: { word } }: OpenedMessage): Ballot {
  return 'ballot' in word ? word.ballot : OPEN_BALLOT
}

function isSame(a: Accepted, b: Accepted): boolean {
  return a.cut === b.cut && compareBallots(a.ballot, b.ballot) === 0
}

function newest(ballots: readonly Ballot[]): Ballot | null {
  return ballots.reduce<Ballot | null>((a, b) => (a === null || compareBallots(a, b) < 0 ? b : a), null)
}
