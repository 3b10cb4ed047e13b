import type { ChunkTimeouts } from './chunk-client.ts'
import type { HolderBook } from './holder-book.ts'
import type { PartialChunks } from './partial-chunks.ts'
import type { SpareStreams } from './spare-streams.ts'
import type { GossipStore, Logger } from '../types.ts'
import type { Clock } from '../wire/clock.ts'
import type { Frames } from '../wire/frames.ts'
import type { Limiter } from '../wire/limiter.ts'
import type { Throttle } from '../wire/throttle.ts'

/** What the fetches of one node share. */
export interface PayloadFetchInit {
  readonly store: Pick<GossipStore, 'hasChunk' | 'putChunk'>
  readonly book: HolderBook
  readonly partials: PartialChunks
  readonly timeouts: ChunkTimeouts
  readonly logger: Logger
  readonly clock: Clock
  readonly random: () => number
  readonly down: Pick<Throttle, 'pay'>
  /** Chunks received at once, over all payloads. */
  readonly receiving: Pick<Limiter, 'run'>
  /** Holders asked at once. */
  readonly holdersAtOnce: number
  /** Where a stream goes that has served. */
  readonly spares: Pick<SpareStreams, 'put'>
  openStream(peer: string): Promise<Frames>
  /** Whether nothing more is fetched for now. @default never */
  readonly isQuiet?: (() => boolean) | undefined
}

export interface WantedPayload {
  /** Of the contribution. */
  readonly id: string
  readonly size: number
  readonly chunks: readonly string[]
}

/** Whom to ask, in this order, and who says to hold everything. */
export interface Holders {
  inOrder(): readonly string[]
  holdsWhole(peer: string): boolean
}

export interface FetchOutcome {
  readonly isComplete: boolean
  /** Holders that said what they have. */
  readonly answered: ReadonlySet<string>
  /** One of them had the payload once and has let it go. */
  readonly isPruned: boolean
  /** One of them has something of what is missing. */
  readonly isOffered: boolean
}
