import { createHash } from 'node:crypto'
import { digestsBytes } from '../wire/wire.ts'

/** sha2-256 over ids in ascending order: equal for two peers that offer the same set. */
export function inventoryDigest(ascendingIds: readonly string[]): string {
  return createHash('sha256').update(digestsBytes(ascendingIds)).digest('hex')
}

/** At most `limit` ids above `after`, and whether there are more. */
export function inventoryPage(
  ascendingIds: readonly string[],
  after: string | null,
  limit: number,
): { readonly ids: readonly string[]; readonly more: boolean } {
  const start = after === null ? 0 : firstAbove(ascendingIds, after)
  const end = Math.min(ascendingIds.length, start + limit)
  return { ids: ascendingIds.slice(start, end), more: end < ascendingIds.length }
}

function firstAbove(ascendingIds: readonly string[], id: string): number {
  let low = 0
  let high = ascendingIds.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascendingIds[middle]! <= id) low = middle + 1
    else high = middle
  }
  return low
}
