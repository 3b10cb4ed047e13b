import { MAX_RANGE_DEPTH, MAX_RANGES_PER_MESSAGE, MAX_REST_PER_RANGE } from '../constants.ts'
import { badRanges, takeIds, without } from './answer-ranges.ts'
import type { OrderedIds } from './ordered-ids.ts'
import { fitting, wireBytes } from './range-codec.ts'
import {
  type Bounds,
  describe,
  END,
  fingerprint,
  idsIn,
  type Part,
  type Piece,
  type SessionNonce,
} from './ranges.ts'

interface Pending {
  readonly piece: Piece
  readonly depth: number
}

/**
 * The asking side of a reconciliation: ranges known to differ, ascending, each replaced by smaller ones until only ids are
 * left. It takes the lowest first, so that what waits stays bounded by the depth, whatever the other side answers.
 */
export class RangeWalk {
  readonly #set: OrderedIds
  readonly #nonce: SessionNonce
  readonly #onOffered: (id: string) => void
  #pending: Pending[]
  /** How many of those pending the last message held. */
  #asked = 0

  constructor(set: OrderedIds, nonce: SessionNonce, onOffered: (id: string) => void) {
    this.#set = set
    this.#nonce = nonce
    this.#onOffered = onOffered
    this.#pending = describe(set, { lower: '', upper: END }, nonce).map((piece) => ({ piece, depth: 1 }))
  }

  /** What to ask next, as much as fits a frame; empty when nothing is open any more. */
  ask(): readonly Piece[] {
    const pieces = this.#pending.slice(0, MAX_RANGES_PER_MESSAGE).map(({ piece }) => piece)
    this.#asked = fitting(pieces, wireBytes).length
    return pieces.slice(0, this.#asked)
  }

  /**
   * Answers to the first of the pieces asked, at least to one; the others are asked again.
   *
   * @throws RefusedError `bad-ranges` - answers that do not fit what was asked, or lead nowhere
   */
  take(answers: readonly (readonly Part[])[]): void {
    if (answers.length === 0 || answers.length > this.#asked) {
      throw badRanges(`${answers.length} answers to ${this.#asked} ranges`)
    }
    const next = answers.flatMap((parts, i) => this.#follow(this.#pending[i]!, parts))
    this.#pending = [...next, ...this.#pending.slice(answers.length)]
  }

  #follow({ piece: asked, depth }: Pending, answer: readonly Part[]): Pending[] {
    const next = piecesOf(asked, answer).flatMap((piece) => this.#next(piece))
    if (next.length > 0 && depth >= MAX_RANGE_DEPTH) {
      throw badRanges(`ranges cut more than ${MAX_RANGE_DEPTH} times`)
    }
    return next.map((piece) => ({ piece, depth: depth + 1 }))
  }

  #next(piece: Piece): Piece[] {
    if (piece.kind === 'fingerprint') {
      const isEqual = fingerprint(this.#set, piece, this.#nonce) === piece.fingerprint
      return isEqual ? [] : describe(this.#set, piece, this.#nonce)
    }
    takeIds(piece, this.#onOffered)
    return piece.kind === 'ids' ? restPieces(without(idsIn(this.#set, piece), piece.ids), piece) : []
  }
}

/** Ids that the other side lacks, in portions that each fit a message. */
function restPieces(ids: readonly string[], { lower, upper }: Bounds): Piece[] {
  const pieces: Piece[] = []
  for (let start = 0; start < ids.length; start += MAX_REST_PER_RANGE) {
    const end = start + MAX_REST_PER_RANGE
    pieces.push({
      lower: start === 0 ? lower : ids[start]!,
      upper: end < ids.length ? ids[end]! : upper,
      kind: 'rest',
      ids: ids.slice(start, end),
    })
  }
  return pieces
}

const FITTING = { fingerprint: ['fingerprint', 'ids'], ids: ['fingerprint', 'rest'], rest: [''] }

/** An answer covers what was asked, and either ends it or cuts it into smaller ranges. */
function piecesOf(asked: Piece, answer: readonly Part[]): Piece[] {
  let end = asked.lower
  const pieces = answer.map((part) => {
    const lower = end
    if (part.upper <= lower) throw badRanges('ranges that overlap or go backwards')
    if (!FITTING[asked.kind].includes(part.kind)) throw badRanges(`${part.kind} for ${asked.kind}`)
    if (part.kind === 'fingerprint' && answer.length === 1) throw badRanges('a range that does not shrink')
    if (part.kind !== 'fingerprint' && answer.length > 1)
      throw badRanges(`${part.kind} for a part of a range`)
    end = part.upper
    return { ...part, lower }
  })
  if (pieces.length > 0 && end !== asked.upper) throw badRanges('ranges other than those asked for')
  return pieces
}
