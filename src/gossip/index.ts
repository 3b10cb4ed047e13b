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

export * from './records.ts'
export { askAdmission, askWelcome, NotAdmittedError, UnreachableError } from './admission/ask-admission.ts'
export type { AdmissionDesk } from './admission/admission-server.ts'
export { openAskingHost, type AskingHost } from './host/asking-host.ts'
export type { ToldPeer } from './sync/greeting.ts'
export type { Bandwidth, Transfers } from './transfer-limits.ts'
export { createNetwork } from './network.ts'
export type { PeerConnection } from './host/peer-host.ts'
export type { Network, NetworkEvents, NetworkInit, ToldReceipt } from './network-types.ts'
export type { NetworkCounters, ProtocolCounts } from './counters.ts'
export type { Outcome } from './host/attempt.ts'
export type { InboundFacts, MemberFacts, OutboundFacts, ReachFacts } from './reach/examine.ts'
export type { ProbedAddress, Verdict as ProbeVerdict } from './reach/probe-messages.ts'
export type { Traffic } from './host/traffic-meter.ts'
