import { fromString } from 'uint8arrays/from-string'
import { toString } from 'uint8arrays/to-string'
import {
  MAX_REST_PER_RANGE,
  MAX_SYNC_FRAME_BYTES,
  RANGE_BRANCHING,
  RANGE_FINGERPRINT_BYTES,
} from '../constants.ts'
import { RefusedError } from '../errors.ts'
import { digestsBytes } from '../wire/wire.ts'
import { type Bounds, type Content, END, type Part, type Piece } from './ranges.ts'

const ID_BYTES = 32
const KINDS = ['fingerprint', 'ids', 'rest'] as const
/** Of the list around a piece and the heads of its parts. */
const OVERHEAD_BYTES = 12
/** The map around the ranges or envelopes of a message, and the ids asked for beside them. */
const FRAME_MARGIN_BYTES = 4096

/** `[upper, kind, content]`; empty bytes stand for the end of all ranges. */
export type WirePart = readonly [Uint8Array, number, Uint8Array]
/** `[lower, upper, kind, content]`; an empty lower bound stands for the upper one of the piece before. */
export type WirePiece = readonly [Uint8Array, ...WirePart]

export function wirePieces(pieces: readonly Piece[]): WirePiece[] {
  return pieces.map((piece, i) => {
    const lower = piece.lower === pieces[i - 1]?.upper ? '' : piece.lower
    return [boundBytes(lower), ...wirePart(piece)]
  })
}

export function wirePart(part: Part): WirePart {
  const content =
    part.kind === 'fingerprint' ? fromString(part.fingerprint, 'base16') : digestsBytes(part.ids)
  return [boundBytes(part.upper), KINDS.indexOf(part.kind), content]
}

/** Upper estimate of the bytes of a piece or part on the wire. */
export function wireBytes(piece: Part & Partial<Bounds>): number {
  const content = piece.kind === 'fingerprint' ? RANGE_FINGERPRINT_BYTES : piece.ids.length * ID_BYTES
  return OVERHEAD_BYTES + (piece.upper.length + (piece.lower?.length ?? 0)) / 2 + content
}

/** The first items whose `bytes` fit one frame; at least one. */
export function fitting<T>(items: Iterable<T>, bytes: (item: T) => number): T[] {
  const taken: T[] = []
  let room = MAX_SYNC_FRAME_BYTES - FRAME_MARGIN_BYTES
  for (const item of items) {
    room -= bytes(item)
    if (room < 0 && taken.length > 0) break
    taken.push(item)
  }
  return taken
}

/** @throws RefusedError `malformed` */
export function readPiece(value: unknown, operand: string): Piece {
  if (!Array.isArray(value) || value.length !== 4) throw malformed(operand, 'not a range of four')
  const [lower, ...part] = value as unknown[]
  return { lower: readBound(lower, operand), ...readPart(part, operand) }
}

/** Fills in lower bounds that were left out because the piece before ends there. */
export function joinPieces(pieces: readonly Piece[]): Piece[] {
  return pieces.map((piece, i) => {
    return piece.lower === '' && i > 0 ? { ...piece, lower: pieces[i - 1]!.upper } : piece
  })
}

/** An answer: the parts of one range. @throws RefusedError `malformed` */
export function readAnswer(value: unknown, operand: string): Part[] {
  if (!Array.isArray(value) || value.length > RANGE_BRANCHING) {
    throw malformed(operand, `not a list of at most ${RANGE_BRANCHING} ranges`)
  }
  return value.map((part) => readPart(part, operand))
}

function readPart(value: unknown, operand: string): Part {
  if (!Array.isArray(value) || value.length !== 3) throw malformed(operand, 'not a range of three')
  const [bound, kind, content] = value as unknown[]
  const upper = readBound(bound, operand)
  return { upper: upper === '' ? END : upper, ...readContent(kind, content, operand) }
}

function readContent(kind: unknown, content: unknown, operand: string): Content {
  const name = KINDS.find((_, i) => i === kind)
  if (name === undefined || !(content instanceof Uint8Array))
    throw malformed(operand, 'an unknown kind of range')
  if (name === 'fingerprint') {
    if (content.byteLength !== RANGE_FINGERPRINT_BYTES)
      throw malformed(operand, 'a fingerprint of another length')
    return { kind: name, fingerprint: toString(content, 'base16') }
  }
  const count = content.byteLength / ID_BYTES
  if (!Number.isInteger(count) || count > MAX_REST_PER_RANGE) {
    throw malformed(operand, `not at most ${MAX_REST_PER_RANGE} whole ids`)
  }
  const text = toString(content, 'base16')
  const ids = Array.from({ length: count }, (_, i) => text.slice(2 * ID_BYTES * i, 2 * ID_BYTES * (i + 1)))
  return { kind: name, ids }
}

function readBound(value: unknown, operand: string): string {
  if (value instanceof Uint8Array && value.byteLength <= ID_BYTES) return toString(value, 'base16')
  throw malformed(operand, `a bound that is not at most ${ID_BYTES} bytes`)
}

function boundBytes(bound: string): Uint8Array {
  return bound === END ? new Uint8Array(0) : fromString(bound, 'base16')
}

function malformed(operand: string, problem: string): RefusedError {
  return new RefusedError('malformed', operand, problem)
}
