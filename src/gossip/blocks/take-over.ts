import { TAKE_OVER_FACTOR, TAKE_OVER_GAIN_MS } from '../constants.ts'
import type { ChunkClient } from './chunk-client.ts'
import type { PartialChunk } from './partial-chunks.ts'

/** A chunk that is under way. */
export interface Flight {
  readonly client: Pick<ChunkClient, 'abort'>
  readonly partial: PartialChunk
  readonly filledAtStart: number
  readonly startedAt: number
  /** An idle holder goes on with it. */
  isTakenOver: boolean
}

/** Not a failure of the holder: another one goes on. */
export class TakenOverError extends Error {
  constructor() {
    super('chunk: taken over by a faster holder')
  }
}

/**
 * Whether a holder of this speed, in bytes a second, would end a chunk so much sooner that it is worth the bytes that are under way and
 * will be lost. Never within the first seconds: on a busy machine a chunk that is late is not the holder's fault.
 */
export function isWorthTaking(
  flight: Pick<Flight, 'partial' | 'filledAtStart' | 'startedAt' | 'isTakenOver'>,
  speed: number,
  now: number,
): boolean {
  const { partial, filledAtStart, startedAt, isTakenOver } = flight
  const elapsed = now - startedAt
  if (isTakenOver || speed === 0 || elapsed < TAKE_OVER_GAIN_MS) return false
  const left = partial.bytes.byteLength - partial.filled
  if (left === 0) return false
  const slowMs = (left / (partial.filled - filledAtStart)) * elapsed // infinite while nothing has come
  const fastMs = (left / speed) * 1000
  return slowMs > TAKE_OVER_FACTOR * fastMs + TAKE_OVER_GAIN_MS
}
