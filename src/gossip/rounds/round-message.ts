import {
  MAX_BALLOT,
  MAX_CUT_BYTES,
  MAX_NAME_LENGTH,
  MAX_PEER_ID_LENGTH,
  MAX_ROUND,
  MAX_ROUND_MESSAGE_BYTES,
  ROUND_DOMAIN,
} from '../constants.ts'
import { RefusedError } from '../errors.ts'
import type { Identity } from '../identity.ts'
import { isSignedUnder, signUnder } from '../wire/signature.ts'
import { decodeSigned, encodeSigned } from '../wire/signed-bytes.ts'
import { decodeWire, digestBytes, encodeWire, type Fields } from '../wire/wire.ts'
import { readIncarnation } from './cut.ts'
import type { Accepted, Ballot } from './synod.ts'
import type { OpenedMessage, RoundMessage, Word } from './types.ts'

const OPERAND = 'round message'

/** @throws RefusedError `too-large` */
export async function signRoundMessage(message: RoundMessage, identity: Identity): Promise<OpenedMessage> {
  const { consortium, round, previous, author, incarnation, word } = message
  const value = {
    v: 1,
    consortium,
    round,
    previous: previous === null ? null : digestBytes(previous),
    author,
    incarnation: digestBytes(incarnation),
    word: wordToWire(word),
  }
  const content = encodeWire(OPERAND, value, MAX_ROUND_MESSAGE_BYTES)
  const signature = await signUnder(ROUND_DOMAIN, content, identity)
  return { message, bytes: encodeSigned(OPERAND, { content, signature }, MAX_ROUND_MESSAGE_BYTES) }
}

/**
 * In this order: size, decode, fields, consortium, signature.
 *
 * @throws RefusedError `too-large`, `malformed`, `wrong-consortium`, `bad-signature`
 */
export async function openRoundMessage(bytes: Uint8Array, consortium: string): Promise<OpenedMessage> {
  const { content, signature } = decodeSigned(OPERAND, bytes, MAX_ROUND_MESSAGE_BYTES)
  const message = decodeWire(OPERAND, content, MAX_ROUND_MESSAGE_BYTES, readMessage)
  if (message.consortium !== consortium) {
    throw new RefusedError('wrong-consortium', OPERAND, 'belongs to another consortium')
  }
  if (!(await isSignedUnder(ROUND_DOMAIN, content, signature, message.author))) {
    throw new RefusedError('bad-signature', OPERAND, `not signed by ${message.author}`)
  }
  return { message, bytes }
}

function readMessage(fields: Fields): RoundMessage {
  fields.integer('v', 1, 1)
  return {
    consortium: fields.text('consortium', MAX_NAME_LENGTH),
    round: fields.integer('round', 0, MAX_ROUND),
    previous: fields.optionalDigest('previous'),
    author: fields.peer('author'),
    incarnation: readIncarnation(fields),
    word: fields.nested('word', readWord),
  }
}

function wordToWire(word: Word): object {
  switch (word.type) {
    case 'present':
    case 'pass':
      return word
    case 'prepare':
    case 'propose':
      return { ...word, ballot: { ...word.ballot } }
    case 'promise':
      return { ...word, ballot: { ...word.ballot }, accepted: word.accepted && acceptedToWire(word.accepted) }
    case 'vote':
      return { type: word.type, ...acceptedToWire(word) }
  }
}

function readWord(fields: Fields): Word {
  const type = fields.oneOf('type', ['present', 'pass', 'prepare', 'promise', 'propose', 'vote'])
  switch (type) {
    case 'present':
    case 'pass':
      return { type }
    case 'prepare':
      return { type, ballot: fields.nested('ballot', readLaterBallot) }
    case 'promise':
      return {
        type,
        ballot: fields.nested('ballot', readLaterBallot),
        accepted: fields.optionalNested('accepted', readAccepted),
      }
    case 'propose':
      return {
        type,
        ballot: fields.nested('ballot', readLaterBallot),
        cut: fields.bytes('cut', 1, MAX_CUT_BYTES),
      }
    case 'vote':
      return { type, ...readAccepted(fields) }
  }
}

function acceptedToWire({ ballot, cut }: Accepted): object {
  return { ballot: { ...ballot }, cut: digestBytes(cut) }
}

function readAccepted(fields: Fields): Accepted {
  return { ballot: fields.nested('ballot', readBallot), cut: fields.digest('cut') }
}

function readBallot(fields: Fields): Ballot {
  const number = fields.integer('number', 0, MAX_BALLOT)
  if (number > 0) return { number, proposer: fields.peer('proposer') }
  const proposer = fields.text('proposer', MAX_PEER_ID_LENGTH)
  if (proposer !== '') throw new RefusedError('malformed', OPERAND, 'ballot 0 belongs to nobody')
  return { number, proposer }
}

function readLaterBallot(fields: Fields): Ballot {
  const ballot = readBallot(fields)
  if (ballot.number > 0) return ballot
  throw new RefusedError('malformed', OPERAND, 'ballot 0 is open to all and needs no proposer')
}
