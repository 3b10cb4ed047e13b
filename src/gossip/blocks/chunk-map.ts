/** Which chunks of a payload somebody has: bit i of byte ⌊i/8⌋, lowest first, is chunk i. No bit beyond the last chunk is set. */
export type ChunkMap = Uint8Array

export function chunkMap(held: readonly boolean[]): ChunkMap {
  const map = new Uint8Array(Math.ceil(held.length / 8))
  held.forEach((has, i) => {
    if (has) map[i >> 3]! |= 1 << (i & 7)
  })
  return map
}

/** Of one who has the whole payload. */
export function fullMap(chunks: number): ChunkMap {
  return chunkMap(Array.from({ length: chunks }, () => true))
}

/** A map shorter than the payload says nothing of the rest. */
export function mapHas(map: ChunkMap, chunk: number): boolean {
  return ((map[chunk >> 3] ?? 0) & (1 << (chunk & 7))) !== 0
}

export function isFull(map: ChunkMap, chunks: number): boolean {
  for (let i = 0; i < chunks; i++) if (!mapHas(map, i)) return false
  return true
}
