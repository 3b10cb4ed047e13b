import type { ContributionState, Envelope, GossipStore } from '../gossip/index.ts'
import type { ClassifierSource, ContributionHeader } from '../merge/index.ts'

/** A contribution as the store knows it: decoded header, life, and why it was rejected or is held. */
export interface StoredContribution {
  readonly id: string
  readonly header: ContributionHeader
  readonly state: ContributionState
  readonly reason: string | null
  /** When this node first had its header, in milliseconds since 1970; absent where an earlier version wrote the record. */
  readonly receivedAt?: number | undefined
  /** Another member has said to hold the whole payload. */
  readonly acknowledged?: boolean | undefined
}

/** How much the store holds. */
export interface StoreStatistics {
  readonly admitted: number
  readonly fetching: number
  readonly rejected: number
  /** Superseded, only the envelope is kept. */
  readonly pruned: number
  readonly blocks: number
  readonly blockBytes: number
}

/** The durable store of one node. Every resolved promise of a writing method means on disk. */
export interface NodeStore extends GossipStore {
  get(id: string): StoredContribution | undefined
  /** All contributions in any of these states, by ascending id. */
  list(...states: readonly ContributionState[]): readonly StoredContribution[]
  /** Keeps the verdict on a contribution; `fetching` with a reason is a hold. Chunks that nothing needs any more are removed. */
  setVerdict(id: string, state: ContributionState, reason: string | null): Promise<void>
  /** Keeps an own contribution, already complete, as admitted. Its chunks must be in the store. */
  putOwn(id: string, envelope: Uint8Array): Promise<void>
  /** 1 + the highest sequence number of `peer` seen in any header. */
  nextSequence(peer: string): number
  /** Paths of chunk files by digest. */
  pathsOf(digests: readonly string[]): readonly string[]
  /** A chunk failed its digest: it is dropped, and all who need it go back to `fetching`. Returns their ids. */
  dropChunk(digest: string): Promise<readonly string[]>
  /** Another member holds the whole payload. */
  acknowledge(id: string): Promise<void>
  /** Bytes of a payload that are not here. */
  missingBytes(id: string): number
  /** Removes what is here of a payload that is not complete. */
  dropPartial(id: string): Promise<void>
  statistics(): StoreStatistics
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A merge without its tensors. */
export interface MergeSummary {
  readonly digest: string
  readonly cutDigest: string
  readonly adapter: string
  readonly classifier: string
  /** Where the classifier came from: class counts, or statistics of how many samples under which anchor. */
  readonly classifierSource: ClassifierSource
  readonly generation: number
  /** Ids of the contributions that count. */
  readonly cut: readonly string[]
  /** How many were there to choose from, those superseded since included. */
  readonly known: number
  /** Left out because their peer signed two contributions under one sequence number. */
  readonly equivocating: readonly string[]
  /** Peer ids behind the cut, ascending. */
  readonly contributors: readonly string[]
}

export type { ContributionState, Envelope }
