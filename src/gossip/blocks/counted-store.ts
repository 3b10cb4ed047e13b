import type { NetworkCounters } from '../counters.ts'
import type { GossipStore } from '../types.ts'

/** The store as the network uses it: a chunk is put there when it has come, and taken from there to be sent. */
export function countedStore(store: GossipStore, counters: NetworkCounters): GossipStore {
  return {
    inventory: () => store.inventory(),
    getEnvelope: (id) => store.getEnvelope(id),
    putEnvelope: (id, envelope) => store.putEnvelope(id, envelope),
    hasChunk: (digest) => store.hasChunk(digest),
    getChunk: async (digest) => {
      const chunk = await store.getChunk(digest)
      if (chunk !== undefined) counters.chunksServed++
      counters.servedBytes += chunk?.byteLength ?? 0
      return chunk
    },
    putChunk: async (digest, bytes) => {
      const isKnown = await store.hasChunk(digest)
      await store.putChunk(digest, bytes)
      if (isKnown) counters.chunksRepeated++
      else {
        counters.chunksFetched++
        counters.fetchedBytes += bytes.byteLength
      }
    },
  }
}
