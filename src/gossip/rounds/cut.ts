import { sha256Hex } from '../../merge/index.ts'
import { INCARNATION_BYTES, MAX_ACCEPTORS, MAX_AGENDA_LENGTH, MAX_CUT_BYTES, MAX_CUT_CONTRIBUTIONS, MAX_NAME_LENGTH, MAX_ROUND } from '../constants.ts' // prettier-ignore
import { RefusedError } from '../errors.ts'
import { decodeWire, digestBytes, digestsBytes, encodeWire, Fields } from '../wire/wire.ts'
import { toString } from 'uint8arrays/to-string'
import { FIRST_INCARNATION, type Acceptor, type Cut, type RoundFounding, type RoundStart } from './types.ts'

const OPERAND = 'cut'
const AGENDA = new RegExp(`^[ -~]{1,${MAX_AGENDA_LENGTH}}$`)

/** Canonical bytes; lists are put in order. @throws RefusedError `too-large`, `malformed` - the agenda */
export function encodeCut({
  consortium,
  round,
  previous,
  contributions,
  charter,
  acceptors,
  agenda,
}: Cut): Uint8Array {
  assertAgenda(agenda)
  const value = {
    v: 1,
    consortium,
    round,
    previous: previous === null ? null : digestBytes(previous),
    contributions: digestsBytes([...contributions].sort()),
    charter: digestBytes(charter),
    acceptors: [...acceptors].sort((a, b) => (a.peer < b.peer ? -1 : 1)).map(acceptorToWire),
    agenda,
  }
  return encodeWire(OPERAND, value, MAX_CUT_BYTES)
}

/** sha2-256 of the canonical bytes, hexadecimal. */
export function cutDigest(bytes: Uint8Array): string {
  return sha256Hex(bytes)
}

/** @throws RefusedError `too-large`, `malformed`, `wrong-consortium`; `wrong-round` - it does not follow from `start`, where given */
export function decodeCut(bytes: Uint8Array, consortium: string, start?: RoundStart): Cut {
  const cut = decodeWire(OPERAND, bytes, MAX_CUT_BYTES, readCut)
  if (cut.consortium !== consortium) throw new RefusedError('wrong-consortium', OPERAND, 'belongs to another consortium') // prettier-ignore
  if (start === undefined) return cut
  if (cut.round !== start.round || cut.previous !== start.previous) {
    throw new RefusedError('wrong-round', OPERAND, `round ${cut.round}, expected ${start.round} after the cut that is known`) // prettier-ignore
  }
  return cut
}

function readCut(fields: Fields): Cut {
  fields.integer('v', 1, 1)
  const cut = {
    consortium: fields.text('consortium', MAX_NAME_LENGTH),
    round: fields.integer('round', 0, MAX_ROUND),
    previous: fields.optionalDigest('previous'),
    contributions: fields.digests('contributions', MAX_CUT_CONTRIBUTIONS),
    charter: fields.digest('charter'),
    acceptors: fields.list('acceptors', MAX_ACCEPTORS, readAcceptor),
    agenda: fields.text('agenda', MAX_AGENDA_LENGTH),
  }
  assertAgenda(cut.agenda)
  assertAscending('contributions', cut.contributions)
  assertAscending('acceptors', cut.acceptors.map(({ peer }) => peer)) // prettier-ignore
  if (cut.acceptors.length > 0) return cut
  throw new RefusedError('malformed', OPERAND, 'nobody would vote in the next round')
}

function assertAscending(what: string, of: readonly string[]): void {
  if (of.every((one, i) => i === 0 || of[i - 1]! < one)) return
  throw new RefusedError('malformed', OPERAND, `${what} are not in ascending order`)
}

/** @throws RefusedError `malformed` */
export function assertAgenda(agenda: string): void {
  if (AGENDA.test(agenda)) return
  const expected = `1 to ${MAX_AGENDA_LENGTH} printable ASCII characters`
  throw new RefusedError('malformed', OPERAND, `agenda ${JSON.stringify(agenda)}, expected ${expected}`)
}

/** @throws RefusedError `malformed` - the agenda */
export function foundingRound({ founders, charter, agenda }: RoundFounding): RoundStart {
  assertAgenda(agenda)
  const acceptors = [...founders].sort().map((peer) => ({ peer, incarnation: FIRST_INCARNATION }))
  return { round: 0, previous: null, charter, acceptors, agenda }
}

/** Where the round after a cut begins. */
export function roundAfter({ round, charter, acceptors, agenda }: Cut, digest: string): RoundStart {
  return { round: round + 1, previous: digest, charter, acceptors, agenda }
}

function acceptorToWire({ peer, incarnation }: Acceptor): object {
  return { peer, incarnation: digestBytes(incarnation) }
}

function readAcceptor(value: unknown, operand: string): Acceptor {
  const fields = new Fields(operand, value)
  const acceptor = { peer: fields.peer('peer'), incarnation: readIncarnation(fields) }
  fields.done()
  return acceptor
}

export function readIncarnation(fields: Fields): string {
  return toString(fields.bytes('incarnation', INCARNATION_BYTES, INCARNATION_BYTES), 'base16')
}
