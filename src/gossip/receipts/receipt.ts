import {
  MAX_PEER_ID_LENGTH,
  MAX_RECEIPT_BYTES,
  MAX_RECEIPT_NUMBERS,
  MAX_RECEIPT_SCORES,
  RECEIPT_DOMAIN,
  SIGNATURE_BYTES,
} from '../constants.ts'
import { RefusedError } from '../errors.ts'
import type { Identity } from '../identity.ts'
import { isSignedUnder, signUnder } from '../wire/signature.ts'
import { decodeWire, digestBytes, encodeWire, type Fields } from '../wire/wire.ts'
import { packScores, SCORE_BYTES, unpackScores, type MergeScores } from './merge-scores.ts'
import { ENTRY_BYTES, packNumbers, unpackNumbers, type NewestNumbers } from './newest-numbers.ts'

const OPERAND = 'receipt'

/** What a node has merged and holds, in its own words. Digests are sha2-256, hexadecimal; null: none yet, or none kept. */
export interface Holding {
  readonly merge: string | null
  readonly cut: string | null
  /** Head of its ledger. */
  readonly ledger: string | null
  /** Charter in force there. */
  readonly charter: string
  readonly kernel: number
  /** How many contributions count there. */
  readonly contributions: number
  /** How a merge did there on samples of its own. @default it does not say */
  readonly scores?: MergeScores | undefined
}

/** A receipt whose bytes, limits and signature hold: what one node said of itself, trusted no further than it. */
export interface MergeReceipt extends Holding {
  readonly peer: string
  /** Grows from one receipt of a node to its next. */
  readonly counter: number
  /** Newest sequence number that it holds, by the tag of the author. */
  readonly newest: NewestNumbers
  /** Encoded, with its signature: what travels. */
  readonly bytes: Uint8Array
}

/** Signs what this node holds; `newest` is by peer id. */
export async function signReceipt(
  identity: Identity,
  consortium: string,
  counter: number,
  holding: Holding,
  newest: ReadonlyMap<string, number>,
): Promise<Uint8Array> {
  const { merge, cut, ledger, charter, kernel, contributions, scores } = holding
  const said = encodeWire(
    OPERAND,
    {
      v: 1,
      consortium,
      peer: identity.peer,
      counter,
      merge: optionalDigest(merge),
      cut: optionalDigest(cut),
      ledger: optionalDigest(ledger),
      charter: digestBytes(charter),
      kernel,
      contributions,
      newest: packNumbers(newest, MAX_RECEIPT_NUMBERS),
      scored: optionalDigest(scores?.merge ?? null),
      scores: packScores(scores?.tasks ?? [], MAX_RECEIPT_SCORES),
    },
    MAX_RECEIPT_BYTES,
  )
  const signature = await signUnder(RECEIPT_DOMAIN, said, identity)
  return encodeWire(OPERAND, { said, signature }, MAX_RECEIPT_BYTES)
}

/**
 * In this order: size, decode, fields, consortium, signature.
 *
 * @throws RefusedError `too-large`, `malformed`, `wrong-consortium`, `bad-signature`
 */
export async function openReceipt(bytes: Uint8Array, consortium: string): Promise<MergeReceipt> {
  const { said, signature } = decodeWire(OPERAND, bytes, MAX_RECEIPT_BYTES, (fields) => ({
    said: fields.bytes('said', 1, MAX_RECEIPT_BYTES),
    signature: fields.bytes('signature', SIGNATURE_BYTES, SIGNATURE_BYTES),
  }))
  const { of, ...receipt } = decodeWire(OPERAND, said, MAX_RECEIPT_BYTES, readReceipt)
  if (of !== consortium) throw new RefusedError('wrong-consortium', OPERAND, 'belongs to another consortium')
  if (!(await isSignedUnder(RECEIPT_DOMAIN, said, signature, receipt.peer))) {
    throw new RefusedError('bad-signature', OPERAND, `not signed by ${receipt.peer}`)
  }
  return { ...receipt, bytes }
}

function readReceipt(fields: Fields): Omit<MergeReceipt, 'bytes'> & { readonly of: string } {
  fields.integer('v', 1, 1)
  const scores = readScores(fields)
  return {
    ...(scores !== undefined && { scores }),
    of: fields.text('consortium', 256),
    peer: fields.text('peer', MAX_PEER_ID_LENGTH),
    counter: fields.integer('counter', 1, Number.MAX_SAFE_INTEGER),
    merge: fields.digests('merge', 1)[0] ?? null,
    cut: fields.digests('cut', 1)[0] ?? null,
    ledger: fields.digests('ledger', 1)[0] ?? null,
    charter: fields.digest('charter'),
    kernel: fields.integer('kernel', 1, 2 ** 16),
    contributions: fields.integer('contributions', 0, Number.MAX_SAFE_INTEGER),
    newest: unpackNumbers(fields.bytes('newest', 0, MAX_RECEIPT_NUMBERS * ENTRY_BYTES), OPERAND),
  }
}

/** Both fields are empty, or neither is. */
function readScores(fields: Fields): MergeScores | undefined {
  const merge = fields.digests('scored', 1)[0]
  const tasks = unpackScores(fields.bytes('scores', 0, MAX_RECEIPT_SCORES * SCORE_BYTES), OPERAND)
  if ((merge === undefined) !== (tasks.length === 0)) {
    throw new RefusedError('malformed', OPERAND, 'scores of no merge, or a merge without scores')
  }
  return merge === undefined ? undefined : { merge, tasks }
}

function optionalDigest(digest: string | null): Uint8Array {
  return digest === null ? new Uint8Array(0) : digestBytes(digest)
}
