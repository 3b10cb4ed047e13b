import type { ChunkTimeouts } from './chunk-client.ts'
import { ChunkClient } from './chunk-client.ts'
import { ChunkQueue } from './chunk-queue.ts'
import { MAX_HOLDERS_PER_FETCH } from '../constants.ts'
import { asError, RefusedError, StoreFailedError } from '../errors.ts'
import type { HolderBook } from './holder-book.ts'
import type { GossipStore, Logger } from '../types.ts'
import type { Clock } from '../wire/clock.ts'
import type { Frames } from '../wire/frames.ts'

export interface PayloadFetchInit {
  readonly store: Pick<GossipStore, 'hasChunk' | 'putChunk'>
  readonly book: HolderBook
  readonly timeouts: ChunkTimeouts
  readonly logger: Logger
  readonly clock: Clock
  openStream(peer: string): Promise<Frames>
}

/**
 * Pulls the chunks that are not yet in the store, from several holders at once, each at its own pace. Every chunk is kept
 * durably as it comes, so that a fetch that breaks off goes on with what is missing.
 *
 * @throws StoreFailedError - a chunk could not be kept
 * @returns whether the payload is complete; if not, no holder at hand has more to give for now
 */
export async function fetchPayload(
  init: PayloadFetchInit,
  digests: readonly string[],
  holders: () => readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  const queue = new ChunkQueue(await missingChunks(init.store, digests))
  while (queue.missing > 0 && !signal.aborted) {
    const chosen = holders()
      .filter((peer) => !init.book.isAvoided(peer) && queue.hasFor(peer))
      .slice(0, MAX_HOLDERS_PER_FETCH)
    if (chosen.length === 0) return false
    const outcomes = await Promise.allSettled(chosen.map((peer) => drain(init, queue, peer, signal)))
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }
  return queue.missing === 0
}

async function missingChunks(
  store: Pick<GossipStore, 'hasChunk'>,
  digests: readonly string[],
): Promise<string[]> {
  const missing = []
  for (const digest of new Set(digests)) {
    if (!(await store.hasChunk(digest))) missing.push(digest)
  }
  return missing
}

/** Takes chunks from one holder until it has been asked for all or fails; notes in the book how it went. */
async function drain(
  init: PayloadFetchInit,
  queue: ChunkQueue,
  peer: string,
  signal: AbortSignal,
): Promise<void> {
  let client: ChunkClient | undefined
  let digest: string | undefined
  try {
    client = new ChunkClient(await init.openStream(peer), init.timeouts, init.clock)
    while ((digest = queue.take(peer)) !== undefined) {
      const reply = await client.request(digest)
      if (reply.status === 'ok') {
        await keepChunk(init.store, digest, reply.bytes)
        queue.keep(digest)
        init.book.succeeded(peer)
        continue
      }
      queue.giveBack(digest)
      if (reply.status === 'busy') {
        init.book.failed(peer)
        break
      }
    }
    await client.close()
  } catch (thrown) {
    const error = asError(thrown)
    if (digest !== undefined) queue.giveBack(digest)
    client?.abort(error)
    if (error instanceof StoreFailedError) throw error // ours, not the holder's
    if (!signal.aborted) blame(init, peer, error)
  }
}

async function keepChunk(
  store: Pick<GossipStore, 'putChunk'>,
  digest: string,
  bytes: Uint8Array,
): Promise<void> {
  try {
    await store.putChunk(digest, bytes)
  } catch (cause) {
    throw new StoreFailedError(`chunk ${digest}`, { cause })
  }
}

function blame({ book, logger }: PayloadFetchInit, peer: string, error: Error): void {
  if (error instanceof RefusedError) {
    book.struck(peer)
    logger.warn({ peer, reason: error.reason }, 'a holder sent wrong bytes and is avoided')
    return
  }
  book.failed(peer)
  logger.debug({ peer, err: error }, 'a holder failed; another is asked')
}
