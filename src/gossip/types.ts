import type { ContributionHeader } from '../merge/index.ts'

/**
 * Life of a contribution at this node. `fetching`: header verified, chunks missing; `pruned`: superseded, its payload is not kept any more,
 * or nobody has it any more; the envelope stays. All but `fetching` are final until the node says otherwise.
 */
export type ContributionState = 'fetching' | 'admitted' | 'rejected' | 'pruned'

/** A signed header: exact header bytes (dag-cbor), the author's Ed25519 signature over the domain-prefixed bytes. */
export interface Envelope {
  readonly header: Uint8Array
  readonly signature: Uint8Array
}

/** What gossip asks of the node's durable store. A resolved promise means on disk. Safe to call concurrently. */
export interface GossipStore {
  /** Ids of all contributions known, with their state; the set that peers reconcile. */
  inventory(): Promise<readonly { readonly id: string; readonly state: ContributionState }[]>
  getEnvelope(id: string): Promise<Uint8Array | undefined>
  /** Keeps an encoded envelope in state `fetching`; a known id is left as it is. */
  putEnvelope(id: string, envelope: Uint8Array): Promise<void>
  hasChunk(digest: string): Promise<boolean>
  getChunk(digest: string): Promise<Uint8Array | undefined>
  /** `bytes` have been verified against `digest`. */
  putChunk(digest: string, bytes: Uint8Array): Promise<void>
}

/** `reject` and `hold` carry a reason in the form of a stable code, e.g. `not-a-member`. */
export type Verdict =
  | { readonly kind: 'accept' }
  | { readonly kind: 'reject'; readonly reason: string }
  | { readonly kind: 'hold'; readonly reason: string }

/** What gossip asks of the node before it keeps something. */
export interface ContributionJudge {
  /** From the header alone: charter, membership, counts, payload size. Called before anything is kept. */
  judgeHeader(header: ContributionHeader): Verdict
  /** All chunks are here: decode, check and keep the verdict durably (state `admitted` or `rejected`). */
  judgePayload(id: string): Promise<Verdict>
  /**
   * No connected member has any of what is missing of this payload; `isPruned`: one had it and has let it go. Whether newer ones supersede
   * the contribution, so that it is not asked for any more; then kept durably as `pruned`. @default never
   */
  letGo?(id: string, isPruned: boolean): Promise<boolean>
}

/** Room on the node's disk. */
export interface PayloadSpace {
  /**
   * Sets room aside for what is missing of a contribution, before any of it is fetched; resolves with what gives it back.
   *
   * @throws PeermergeError ERR_NO_SPACE - whose payload, and how much is missing
   */
  reserve(id: string): Promise<() => void>
}

/** Handed in by the node; the fields of pino that gossip uses. */
export interface Logger {
  error(fields: object, message: string): void
  warn(fields: object, message: string): void
  info(fields: object, message: string): void
  debug(fields: object, message: string): void
}
