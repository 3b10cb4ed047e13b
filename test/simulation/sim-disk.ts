import { decode } from '@ipld/dag-cbor'
import { decodeEnvelope } from '../../src/gossip/index.ts'
import { decodeHeader } from '../../src/merge/index.ts'
import type { RecordTable, StoreDisk } from '../../src/node/store.ts'
import type { ProcessClock } from './process-clock.ts'
import type { Scheduler } from './scheduler.ts'

/** A write that is not synced reaches the disk at the latest after this, unless the machine dies before. */
const WRITE_BACK_MS = 5_000

export interface DiskImage {
  readonly records: ReadonlyMap<string, Uint8Array>
  readonly chunks: ReadonlyMap<string, Uint8Array>
}

/**
 * The disk of one node. It outlives the node's processes and holds what was durable when each died: all that a write has
 * resolved for, and by chance what was being written.
 */
export class SimDisk {
  readonly records = new Map<string, Uint8Array>()
  readonly chunks = new Map<string, Uint8Array>()
  readonly #scheduler: Scheduler

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  /** An old copy, as of a backup. */
  image(): DiskImage {
    return { records: new Map(this.records), chunks: new Map(this.chunks) }
  }

  restore({ records, chunks }: DiskImage): void {
    this.records.clear()
    this.chunks.clear()
    for (const [id, record] of records) this.records.set(id, record)
    for (const [digest, chunk] of chunks) this.chunks.set(digest, chunk)
  }

  /** Bytes. */
  get size(): number {
    return [...this.records.values(), ...this.chunks.values()].reduce(
      (sum, { byteLength }) => sum + byteLength,
      0,
    )
  }

  /** Whether a contribution is here with its whole payload. */
  isComplete(id: string): boolean {
    const record = this.records.get(id)
    if (record === undefined) return false
    const { envelope } = decode<{ envelope: Uint8Array }>(record)
    return decodeHeader(decodeEnvelope(envelope).header).payload.chunks.every((digest) =>
      this.chunks.has(digest),
    )
  }

  /** The disk as one process sees it, which reads back what it has written whether or not it is durable yet. */
  mount(process: ProcessClock): StoreDisk {
    return { records: this.#recordTable(process), blocks: this.#blocks(process) }
  }

  #recordTable(process: ProcessClock): RecordTable {
    return {
      iterator: () => inOrder(this.records),
      put: (id, record, { sync }) => this.#write(process, this.records, id, new Uint8Array(record), sync),
      close: () => Promise.resolve(),
    }
  }

  #blocks(process: ProcessClock): StoreDisk['blocks'] {
    const present = new Map<string, Uint8Array>()
    return {
      open: () => {
        for (const [digest, bytes] of this.chunks) present.set(digest, bytes)
        return Promise.resolve()
      },
      get count() {
        return present.size
      },
      get bytes() {
        return [...present.values()].reduce((sum, { byteLength }) => sum + byteLength, 0)
      },
      digests: () => [...present.keys()],
      has: (digest) => present.has(digest),
      path: (digest) => digest,
      read: async (digest) => {
        await this.#busy(process)
        return { bytes: present.get(digest), corrupt: false }
      },
      write: async (digest, bytes) => {
        if (present.has(digest)) return
        const kept = new Uint8Array(bytes)
        await this.#write(process, this.chunks, digest, kept, true)
        present.set(digest, kept)
      },
      remove: (digest) => {
        present.delete(digest)
        this.chunks.delete(digest)
        return Promise.resolve()
      },
    }
  }

  async #write(
    process: ProcessClock,
    to: Map<string, Uint8Array>,
    key: string,
    value: Uint8Array,
    sync: boolean,
  ): Promise<void> {
    const land = (): void => {
      if (process.isAlive) to.set(key, value)
    }
    const ms = this.#scheduler.between(0.2, 8)
    this.#scheduler.after(sync ? this.#scheduler.between(0, ms) : WRITE_BACK_MS, land)
    await this.#pause(process, sync ? ms : 0.1)
  }

  #busy(process: ProcessClock): Promise<void> {
    return this.#pause(process, this.#scheduler.between(0.1, 3))
  }

  /** Never resolves for a process that has died. */
  #pause(process: ProcessClock, ms: number): Promise<void> {
    return new Promise((resolve) => process.afterTrue(ms, resolve))
  }
}

async function* inOrder(records: ReadonlyMap<string, Uint8Array>): AsyncGenerator<[string, Uint8Array]> {
  for (const entry of [...records].sort(([a], [b]) => (a < b ? -1 : 1))) yield await Promise.resolve(entry)
}
