import type { Verdict } from '../../src/gossip/index.ts'
import { TestJudge } from '../../test/helpers/gossip/contributions.ts'
import { MemoryStore } from '../../test/helpers/gossip/memory-store.ts'

/** Which chunk requests fail, for all stores of a benchmark. */
export class Faults {
  rate = 0
  injected = 0
}

/** Bytes that can be sliced so many times: what serves them in frames breaks off in the middle. */
class BreakingBytes extends Uint8Array {
  slicesLeft = Infinity

  override subarray(begin?: number, end?: number): Uint8Array<ArrayBuffer> {
    if (this.slicesLeft-- <= 0) throw new Error('broken off on purpose')
    const part = new BreakingBytes(this.buffer, this.byteOffset, this.byteLength)
    part.slicesLeft = this.slicesLeft
    const [from, to] = [begin ?? 0, end ?? this.byteLength]
    return from === 0 && to >= this.byteLength ? part : super.subarray(from, to)
  }
}

/** Keeps what it is given without a copy; breaks off some of the chunk requests that it serves, before the first frame or after it. */
export class FaultyStore extends MemoryStore {
  readonly #faults: Faults

  constructor(faults: Faults) {
    super()
    this.#faults = faults
  }

  override putChunk(digest: string, bytes: Uint8Array): Promise<void> {
    this.puts.push(digest)
    this.chunks.set(digest, bytes)
    return Promise.resolve()
  }

  override async getChunk(digest: string): Promise<Uint8Array | undefined> {
    const chunk = await super.getChunk(digest)
    if (chunk === undefined || Math.random() >= this.#faults.rate) return chunk
    this.#faults.injected++
    if (Math.random() < 0.5) throw new Error('broken off on purpose')
    const breaking = new BreakingBytes(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.byteLength)
    breaking.slicesLeft = 2 // the whole, and one frame of it
    return breaking
  }
}

/** Admits what has come: every chunk has been verified by then, as the raw streams verify theirs, and no payload is read twice. */
export class TrustingJudge extends TestJudge {
  readonly #trusting: MemoryStore

  constructor(store: MemoryStore) {
    super(store)
    this.#trusting = store
  }

  override judgePayload(id: string): Promise<Verdict> {
    this.#trusting.states.set(id, 'admitted')
    return Promise.resolve({ kind: 'accept' })
  }
}
