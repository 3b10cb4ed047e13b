import {
  CHUNK_FRAME_BYTES,
  DEFAULT_CHUNKS_SERVED,
  DEFAULT_FETCHES,
  DEFAULT_HOLDERS_PER_FETCH,
  FRAME_PACE_MS,
  MEMBER_SERVING_SHARE,
} from './constants.ts'

/** Bytes of payloads a second; left out is no limit. At least MIN_BANDWIDTH. */
export interface Bandwidth {
  readonly upBytesPerSecond?: number | undefined
  readonly downBytesPerSecond?: number | undefined
}

/** How much is transferred at once. */
export interface Transfers {
  /** Payloads fetched at once. @default 4 */
  readonly payloads?: number | undefined
  /** Holders that one payload is fetched from at once. @default 4 */
  readonly holders?: number | undefined
  /** Chunks sent to others at once. @default 16 */
  readonly serving?: number | undefined
}

export interface TransferLimits {
  readonly payloads: number
  readonly holders: number
  /** Chunks received at once, over all payloads. */
  readonly receiving: number
  readonly serving: number
  readonly servingPerMember: number
}

/** Under a limit on bandwidth less is done at once, so that each stream still moves often enough not to be given up. */
export function transferLimits(transfers: Transfers = {}, bandwidth: Bandwidth = {}): TransferLimits {
  const payloads = transfers.payloads ?? DEFAULT_FETCHES
  const holders = transfers.holders ?? DEFAULT_HOLDERS_PER_FETCH
  const serving = Math.min(transfers.serving ?? DEFAULT_CHUNKS_SERVED, paced(bandwidth.upBytesPerSecond))
  return {
    payloads,
    holders,
    receiving: Math.min(payloads * holders, paced(bandwidth.downBytesPerSecond)),
    serving,
    servingPerMember: Math.max(1, Math.floor(serving * MEMBER_SERVING_SHARE)),
  }
}

function paced(bytesPerSecond = Infinity): number {
  return Math.max(1, Math.floor((bytesPerSecond * FRAME_PACE_MS) / 1000 / CHUNK_FRAME_BYTES))
}
