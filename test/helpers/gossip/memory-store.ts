import type { ContributionState, GossipStore } from '../../../src/gossip/index.ts'

/** A GossipStore in memory that also keeps what was asked of it, for assertions. */
export class MemoryStore implements GossipStore {
  readonly states = new Map<string, ContributionState>()
  readonly envelopes = new Map<string, Uint8Array>()
  readonly chunks = new Map<string, Uint8Array>()
  /** Digests of chunks in the order in which they were put. */
  readonly puts: string[] = []
  /** Digests of chunks asked for. */
  readonly gets: string[] = []
  /** Makes the next `putChunk` calls fail, as a full disk would. */
  failingPuts = 0

  inventory(): Promise<readonly { id: string; state: ContributionState }[]> {
    return Promise.resolve([...this.states].map(([id, state]) => ({ id, state })))
  }

  getEnvelope(id: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.envelopes.get(id))
  }

  putEnvelope(id: string, envelope: Uint8Array): Promise<void> {
    if (!this.envelopes.has(id)) {
      this.envelopes.set(id, envelope.slice())
      this.states.set(id, 'fetching')
    }
    return Promise.resolve()
  }

  hasChunk(digest: string): Promise<boolean> {
    return Promise.resolve(this.chunks.has(digest))
  }

  getChunk(digest: string): Promise<Uint8Array | undefined> {
    this.gets.push(digest)
    return Promise.resolve(this.chunks.get(digest))
  }

  putChunk(digest: string, bytes: Uint8Array): Promise<void> {
    if (this.failingPuts > 0) {
      this.failingPuts--
      return Promise.reject(new Error('ENOSPC: no space left on device'))
    }
    this.puts.push(digest)
    this.chunks.set(digest, bytes.slice())
    return Promise.resolve()
  }

  admitted(): string[] {
    return [...this.states].flatMap(([id, state]) => (state === 'admitted' ? [id] : [])).sort()
  }
}
