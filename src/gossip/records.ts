/**
 * What members sign, count and agree on, without what moves it: whoever reads or writes a ledger, a ticket or a contribution loads no sockets.
 */
import '../polyfill.ts'

export type * from './types.ts'
export {
  ASK_AGAIN_MAX_MS,
  ASK_AGAIN_MIN_MS,
  DEFAULT_MAX_RESERVATIONS,
  MAX_ADDRESS_LENGTH,
  MAX_CHUNKS_SERVED,
  MAX_CLASS_LABEL_LENGTH,
  MAX_CLASSES,
  MAX_FETCHES,
  MAX_RECEIPT_NUMBERS,
  MAX_SCORED_SAMPLES,
  MAX_TASK_CLASSES,
  MAX_TASK_NAME_LENGTH,
  MIN_BANDWIDTH,
  RECEIPT_CURRENT_MS,
} from './constants.ts'
export { RefusedError, StoreFailedError, type RefusalReason } from './errors.ts'
export { generateIdentity, identityFromBytes, identityToBytes, type Identity } from './identity.ts'
export type { AdmissionRefusal, JoinPolicy, Welcome } from './admission/admission-messages.ts'
export { FrontDesk, type AdmissionControl, type DeskLedger } from './admission/front-desk.ts'
export {
  openJoinRequest,
  signJoinRequest,
  type JoinRequest,
  type OpenedJoinRequest,
} from './admission/join-request.ts'
export { PendingRequests, type PendingRequest, type RequestShelf } from './admission/pending-requests.ts'
export {
  openTicket,
  signTicket,
  ticketBytes,
  ticketFingerprint,
  ticketText,
  type OpenedTicket,
  type Ticket,
} from './admission/ticket.ts'
export { decodeEnvelope, encodeEnvelope, isSignedBy, signEnvelope } from './contributions/envelope.ts'
export { openEnvelope, type OpenedEnvelope } from './contributions/open-envelope.ts'
export { scopeOf, type AddressScope } from './host/address-scope.ts'
export { foldLedger } from './ledger/fold-ledger.ts'
export { Ledger } from './ledger/ledger.ts'
export type * from './ledger/ledger-types.ts'
export { standingOf } from './ledger/standing.ts'
export { openStatement, signStatement } from './ledger/statement.ts'
export { taskId } from './ledger/task-id.ts'
export type * from './ledger/types.ts'
export { tagOfTask, type MergeScores, type TaskScore } from './receipts/merge-scores.ts'
export { tagOf } from './receipts/newest-numbers.ts'
export type { Holding, MergeReceipt } from './receipts/receipt.ts'
export type { KeptMemory, NetworkRounds, RoundsInit, RoundSource, RoundStore } from './rounds/round-types.ts'
export type { AcceptorStatus, RoundPhase, RoundStatus } from './rounds/round-status.ts'
export type { AcceptorMemory } from './rounds/synod.ts'
export {
  FIRST_INCARNATION,
  type Acceptor,
  type Cut,
  type DecidedRound,
  type RoundFounding,
  type RoundStart,
} from './rounds/types.ts'
export { verifyCertificates, type VerifiedRounds } from './rounds/verify-certificates.ts'
export { backoffMs } from './wire/backoff.ts'
export { SerialQueue } from './wire/serial-queue.ts'
export { isSignedUnder, signUnder } from './wire/signature.ts'
