/**
 * Moves signed contributions between the members of a consortium; never looks into a tensor.
 *
 * ```ts
 * const identity = await generateIdentity()
 * await using network = await createNetwork({ identity, consortium, store, judge, isMember, random, logger })
 * network.events.on('admitted', (id) => …)
 * await network.start()
 * await network.publish(encodeEnvelope(await signEnvelope(encodeHeader(header), identity)))
 * ```
 */
import '../polyfill.ts'

export type * from './types.ts'
export { DEFAULT_MAX_RESERVATIONS } from './constants.ts'
export { decodeEnvelope, encodeEnvelope, isSignedBy, signEnvelope } from './contributions/envelope.ts'
export { RefusedError, StoreFailedError, type RefusalReason } from './errors.ts'
export { generateIdentity, identityFromBytes, identityToBytes, type Identity } from './identity.ts'
export { askAdmission, askWelcome, NotAdmittedError, UnreachableError } from './admission/ask-admission.ts'
export type { AdmissionRefusal, JoinPolicy, Welcome } from './admission/admission-messages.ts'
export type { AdmissionDesk } from './admission/admission-server.ts'
export { FrontDesk, type AdmissionControl, type DeskLedger } from './admission/front-desk.ts'
export { PendingRequests, type PendingRequest, type RequestShelf } from './admission/pending-requests.ts'
export { scopeOf, type AddressScope } from './host/address-scope.ts'
export { openAskingHost, type AskingHost } from './host/asking-host.ts'
export { backoffMs } from './wire/backoff.ts'
export { ASK_AGAIN_MAX_MS, ASK_AGAIN_MIN_MS } from './constants.ts'
export type { ToldPeer } from './sync/greeting.ts'
export { MAX_ADDRESS_LENGTH, MAX_CHUNKS_SERVED, MAX_FETCHES, MIN_BANDWIDTH } from './constants.ts'
export type { Bandwidth, Transfers } from './transfer-limits.ts'
export { createNetwork } from './network.ts'
export type { PeerConnection } from './host/peer-host.ts'
export type { Network, NetworkEvents, NetworkInit, ToldReceipt } from './network-types.ts'
export { MAX_RECEIPT_NUMBERS, RECEIPT_CURRENT_MS } from './constants.ts'
export { tagOf } from './receipts/newest-numbers.ts'
export { MAX_SCORED_SAMPLES } from './constants.ts'
export { tagOfTask, type MergeScores, type TaskScore } from './receipts/merge-scores.ts'
export type { NetworkCounters, ProtocolCounts } from './counters.ts'
export type { Holding, MergeReceipt } from './receipts/receipt.ts'
export { openEnvelope, type OpenedEnvelope } from './contributions/open-envelope.ts'
export type { Outcome } from './host/attempt.ts'
export type { InboundFacts, MemberFacts, OutboundFacts, ReachFacts } from './reach/examine.ts'
export type { ProbedAddress, Verdict as ProbeVerdict } from './reach/probe-messages.ts'
export type { Traffic } from './host/traffic-meter.ts'
export {
  openTicket,
  signTicket,
  ticketBytes,
  ticketFingerprint,
  ticketText,
  type OpenedTicket,
  type Ticket,
} from './admission/ticket.ts'
export {
  openJoinRequest,
  signJoinRequest,
  type JoinRequest,
  type OpenedJoinRequest,
} from './admission/join-request.ts'
export { foldLedger } from './ledger/fold-ledger.ts'
export { Ledger } from './ledger/ledger.ts'
export type * from './ledger/ledger-types.ts'
export { taskId } from './ledger/task-id.ts'
export { MAX_CLASS_LABEL_LENGTH, MAX_CLASSES, MAX_TASK_CLASSES, MAX_TASK_NAME_LENGTH } from './constants.ts'
export { standingOf } from './ledger/standing.ts'
export { openStatement, signStatement } from './ledger/statement.ts'
export type * from './ledger/types.ts'
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
export { SerialQueue } from './wire/serial-queue.ts'
export { isSignedUnder, signUnder } from './wire/signature.ts'
