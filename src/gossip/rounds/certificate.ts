import { MAX_ACCEPTORS, MAX_CERTIFICATE_BYTES, MAX_CUT_BYTES, MAX_ROUND_MESSAGE_BYTES } from '../constants.ts'
import { RefusedError } from '../errors.ts'
import { bytesItem, decodeWire, encodeWire } from '../wire/wire.ts'
import { cutDigest, decodeCut } from './cut.ts'
import { openRoundMessage } from './round-message.ts'
import { compareBallots, votesNeeded } from './synod.ts'
import type { Acceptor, Cut, OpenedMessage, RoundStart } from './types.ts'

const OPERAND = 'certificate'

/** A decided cut and the signed votes that decided it: proof for anybody who knows the cut before. */
export interface Certificate {
  readonly cut: Cut
  /** Of the cut. */
  readonly digest: string
  readonly bytes: Uint8Array
}

/** @throws RefusedError `too-large` */
export function encodeCertificate(cut: Uint8Array, votes: readonly OpenedMessage[]): Uint8Array {
  return encodeWire(OPERAND, { v: 1, cut, votes: votes.map(({ bytes }) => bytes) }, MAX_CERTIFICATE_BYTES)
}

/**
 * In this order: size, decode, cut, each vote, their number.
 *
 * @throws RefusedError `too-large`, `malformed`, `wrong-consortium`, `wrong-round`, `bad-signature`, `no-quorum`
 */
export async function openCertificate(
  bytes: Uint8Array,
  consortium: string,
  start: RoundStart,
): Promise<Certificate> {
  const fields = decodeCertificate(bytes)
  const cut = decodeCut(fields.cut, consortium, start)
  const digest = cutDigest(fields.cut)
  const votes = await Promise.all(fields.votes.map((vote) => openRoundMessage(vote, consortium)))
  assertDecided(votes, digest, start)
  return { cut, digest, bytes }
}

/** One that this node has checked before. @throws RefusedError `malformed` */
export function readCertificate(bytes: Uint8Array, consortium: string): Omit<Certificate, 'bytes'> {
  const { cut } = decodeCertificate(bytes)
  return { cut: decodeCut(cut, consortium), digest: cutDigest(cut) }
}

function decodeCertificate(bytes: Uint8Array): { cut: Uint8Array; votes: Uint8Array[] } {
  return decodeWire(OPERAND, bytes, MAX_CERTIFICATE_BYTES, (fields) => {
    fields.integer('v', 1, 1)
    const cut = fields.bytes('cut', 1, MAX_CUT_BYTES)
    return { cut, votes: fields.list('votes', MAX_ACCEPTORS, bytesItem(MAX_ROUND_MESSAGE_BYTES)) }
  })
}

function assertDecided(votes: readonly OpenedMessage[], digest: string, start: RoundStart): void {
  const voters = new Set<string>()
  const ballot = votes[0] && ballotOf(votes[0])
  for (const { message } of votes) {
    const { word } = message
    const isVote =
      word.type === 'vote' &&
      word.cut === digest &&
      compareBallots(word.ballot, ballot!) === 0 &&
      message.round === start.round &&
      message.previous === start.previous &&
      isAcceptor(start.acceptors, message)
    if (!isVote || voters.has(message.author)) {
      throw new RefusedError(
        'malformed',
        OPERAND,
        `holds something that is no vote for it, of ${message.author}`,
      )
    }
    voters.add(message.author)
  }
  const needed = ballot ? votesNeeded(ballot, start.acceptors.length) : start.acceptors.length
  if (voters.size >= needed) return
  throw new RefusedError('no-quorum', OPERAND, `${voters.size} votes, expected ${needed}`)
}

function ballotOf({ message: { word } }: OpenedMessage): { number: number; proposer: string } {
  if (word.type === 'vote') return word.ballot
  throw new RefusedError('malformed', OPERAND, `a ${word.type} is no vote`)
}

/** Whether the author of a message votes with the memory that the cut before names. */
export function isAcceptor(
  acceptors: readonly Acceptor[],
  { author, incarnation }: { readonly author: string; readonly incarnation: string },
): boolean {
  return acceptors.some((one) => one.peer === author && one.incarnation === incarnation)
}
