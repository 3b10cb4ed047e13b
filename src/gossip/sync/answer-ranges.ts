import { MAX_REST_PER_RANGE } from '../constants.ts'
import { RefusedError } from '../errors.ts'
import type { OrderedIds } from './ordered-ids.ts'
import { fitting, wireBytes } from './range-codec.ts'
import { cut, describe, fingerprint, idsIn, type Piece, type SessionNonce } from './ranges.ts'

/** Answers to the first pieces, as many as fit a frame and at least one. @throws RefusedError `bad-ranges` */
export function answerPieces(
  set: OrderedIds,
  pieces: readonly Piece[],
  nonce: SessionNonce,
  onOffered: (id: string) => void,
): (readonly Piece[])[] {
  assertAscending(pieces)
  const answers = function* (): Generator<readonly Piece[]> {
    for (const piece of pieces) yield answerPiece(set, piece, nonce, onOffered)
  }
  return fitting(answers(), (parts) => parts.reduce((sum, part) => sum + wireBytes(part), 1))
}

/**
 * What to say to one piece of the other side: nothing if there is nothing to add, else pieces that cover its bounds.
 * `onOffered` is told of every id that the other side names.
 *
 * @throws RefusedError `bad-ranges` - ids that are not ascending within the bounds
 */
function answerPiece(
  set: OrderedIds,
  piece: Piece,
  nonce: SessionNonce,
  onOffered: (id: string) => void,
): readonly Piece[] {
  if (piece.kind === 'fingerprint') {
    return fingerprint(set, piece, nonce) === piece.fingerprint ? [] : describe(set, piece, nonce)
  }
  takeIds(piece, onOffered)
  if (piece.kind === 'rest') return []
  const { lower, upper } = piece
  const rest = without(idsIn(set, piece), piece.ids)
  if (rest.length > MAX_REST_PER_RANGE) return cut(set, { lower, upper }, nonce) // too long for one answer
  return rest.length === 0 ? [] : [{ lower, upper, kind: 'rest', ids: rest }]
}

/** @throws RefusedError `bad-ranges` */
export function takeIds(
  { lower, upper, ids }: Exclude<Piece, { kind: 'fingerprint' }>,
  onOffered: (id: string) => void,
): void {
  let last = ''
  for (const id of ids) {
    if (id <= last || id < lower || id >= upper) {
      throw badRanges('ids that are outside their range, or not ascending')
    }
    last = id
    onOffered(id)
  }
}

export function without(ids: readonly string[], known: readonly string[]): string[] {
  const others = new Set(known)
  return ids.filter((id) => !others.has(id))
}

/** Pieces asked are ascending and apart. @throws RefusedError `bad-ranges` */
function assertAscending(pieces: readonly Piece[]): void {
  let end = ''
  for (const { lower, upper } of pieces) {
    if (lower < end || upper <= lower) throw badRanges('ranges that overlap or go backwards')
    end = upper
  }
}

export function badRanges(problem: string): RefusedError {
  return new RefusedError('bad-ranges', 'reconciliation', problem)
}
