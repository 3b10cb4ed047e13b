import { decode, encode } from '@ipld/dag-cbor'
import { ClassicLevel } from 'classic-level'
import type { ContributionState } from '../gossip/index.ts'
import { CHUNK_BYTES, type ContributionHeader } from '../merge/index.ts'
import { Blocks } from './blocks.ts'
import type { HomePaths } from './home.ts'
import type { Logger } from './logger.ts'
import { SerialQueue } from '../gossip/records.ts'
import type { NodeStore, StoredContribution, StoreStatistics } from './types.ts'

export interface StoreInit {
  readonly paths: Pick<HomePaths, 'store' | 'blocks'>
  /** Header inside an encoded envelope; its signature has been checked before. */
  readonly readHeader: (envelope: Uint8Array) => ContributionHeader
  readonly logger: Logger
  /** Milliseconds since 1970. @default Date.now */
  readonly wallNow?: () => number
  /** Told of contributions that were complete and have to be fetched again. */
  onDropped?(ids: readonly string[]): void
}

/** The database of a store, as far as it needs one; `put` with `sync` resolves when the value would survive a crash. */
export interface RecordTable {
  iterator(): AsyncIterable<[id: string, record: Uint8Array]>
  put(id: string, record: Uint8Array, options: { readonly sync: boolean }): Promise<void>
  close(): Promise<void>
}

/** What a store is kept on. */
export interface StoreDisk {
  readonly records: RecordTable
  readonly blocks: Pick<Blocks, keyof Blocks>
}

/** One database value: everything about a contribution changes in one write. */
interface ContributionRecord {
  readonly envelope: Uint8Array
  readonly state: ContributionState
  readonly reason: string | null
  /** As in StoredContribution. */
  readonly receivedAt?: number | undefined
  readonly acknowledged?: boolean | undefined
}

interface Entry extends StoredContribution {
  readonly envelope: Uint8Array
}

/**
 * Opens the durable store of a home: envelopes and verdicts in a classic-level database, payload chunks in content-addressed
 * files. What a method has resolved for survives `kill -9`; half-written files of a crash are removed here.
 */
export async function openStore(init: StoreInit): Promise<NodeStore> {
  const database = new ClassicLevel<string, Uint8Array>(init.paths.store, { valueEncoding: 'view' })
  await database.open()
  try {
    const blocks = new Blocks(init.paths.blocks)
    return await openStoreOn({ records: database, blocks }, init)
  } catch (error) {
    await database.close()
    throw error
  }
}

/** As {@link openStore}, on a disk that is handed in: a simulator has one that forgets at a crash what was not durable. */
export async function openStoreOn(disk: StoreDisk, init: Omit<StoreInit, 'paths'>): Promise<NodeStore> {
  await disk.blocks.open()
  const store = new LevelStore(disk, init)
  await store.load()
  return store
}

const SYNC = { sync: true }

function needsPayload(state: ContributionState): boolean {
  return state === 'fetching' || state === 'admitted'
}

class LevelStore implements NodeStore {
  readonly #records: RecordTable
  readonly #blocks: StoreDisk['blocks']
  readonly #init: Omit<StoreInit, 'paths'>
  readonly #entries = new Map<string, Entry>()
  /** All that reads and then writes an entry goes through here, so that two calls cannot overwrite each other. */
  readonly #writes = new SerialQueue()

  constructor({ records, blocks }: StoreDisk, init: Omit<StoreInit, 'paths'>) {
    this.#records = records
    this.#blocks = blocks
    this.#init = init
  }

  async load(): Promise<void> {
    for await (const [id, value] of this.#records.iterator()) {
      const record = decode<ContributionRecord>(value)
      const envelope = new Uint8Array(record.envelope)
      this.#entries.set(id, { id, header: this.#init.readHeader(envelope), ...record, envelope })
    }
    for (const { id } of this.list('admitted')) {
      if (!this.#isComplete(id)) await this.setVerdict(id, 'fetching', 'chunk-missing')
    }
    const needed = this.#neededChunks()
    for (const digest of this.#blocks.digests()) {
      if (!needed.has(digest)) await this.#blocks.remove(digest)
    }
  }

  inventory(): Promise<readonly { readonly id: string; readonly state: ContributionState }[]> {
    return Promise.resolve([...this.#entries.values()].map(({ id, state }) => ({ id, state })))
  }

  getEnvelope(id: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#entries.get(id)?.envelope)
  }

  putEnvelope(id: string, envelope: Uint8Array): Promise<void> {
    return this.#writes.run(async () => {
      if (!this.#entries.has(id)) await this.#write(id, { envelope, state: 'fetching', reason: null })
    })
  }

  putOwn(id: string, envelope: Uint8Array): Promise<void> {
    return this.#writes.run(() => this.#write(id, { envelope, state: 'admitted', reason: null }))
  }

  setVerdict(id: string, state: ContributionState, reason: string | null): Promise<void> {
    return this.#writes.run(async () => {
      const entry = this.#entries.get(id)
      if (entry === undefined || (entry.state === state && entry.reason === reason)) return
      await this.#write(id, { envelope: entry.envelope, state, reason })
      if (!needsPayload(state)) await this.#removeUnneeded(entry.header.payload.chunks)
    })
  }

  acknowledge(id: string): Promise<void> {
    return this.#writes.run(async () => {
      const entry = this.#entries.get(id)
      if (entry === undefined || entry.acknowledged === true) return
      const { envelope, state, reason } = entry
      await this.#write(id, { envelope, state, reason, acknowledged: true })
    })
  }

  missingBytes(id: string): number {
    const { chunks, size } = this.#entries.get(id)?.header.payload ?? { chunks: [], size: 0 }
    const missing = new Map(
      chunks.map((digest, i) => [digest, Math.min(CHUNK_BYTES, size - i * CHUNK_BYTES)]),
    )
    return [...missing].reduce((sum, [digest, bytes]) => (this.#blocks.has(digest) ? sum : sum + bytes), 0)
  }

  dropPartial(id: string): Promise<void> {
    return this.#writes.run(async () => {
      const entry = this.#entries.get(id)
      if (entry?.state !== 'fetching') return
      const others = this.#neededChunks(id)
      for (const digest of entry.header.payload.chunks)
        if (!others.has(digest)) await this.#blocks.remove(digest)
    })
  }

  hasChunk(digest: string): Promise<boolean> {
    return Promise.resolve(this.#blocks.has(digest))
  }

  async getChunk(digest: string): Promise<Uint8Array | undefined> {
    const { bytes, corrupt } = await this.#blocks.read(digest)
    if (corrupt) await this.dropChunk(digest)
    return bytes
  }

  putChunk(digest: string, bytes: Uint8Array): Promise<void> {
    return this.#blocks.write(digest, bytes)
  }

  dropChunk(digest: string): Promise<readonly string[]> {
    return this.#writes.run(async () => {
      await this.#blocks.remove(digest)
      const affected = [...this.#entries.values()].filter(
        ({ header, state }) => needsPayload(state) && header.payload.chunks.includes(digest),
      )
      for (const { id, envelope } of affected) {
        await this.#write(id, { envelope, state: 'fetching', reason: 'chunk-corrupt' })
      }
      const ids = affected.map(({ id }) => id)
      if (ids.length === 0) return ids // its contribution has just been let go
      this.#init.logger.warn({ digest, ids }, 'chunk does not have its digest; it will be fetched again')
      this.#init.onDropped?.(ids)
      return ids
    })
  }

  get(id: string): StoredContribution | undefined {
    return this.#entries.get(id)
  }

  list(...states: readonly ContributionState[]): readonly StoredContribution[] {
    return [...this.#entries.values()]
      .filter((entry) => states.includes(entry.state))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  nextSequence(peer: string): number {
    const used = [...this.#entries.values()].filter(({ header }) => header.peer === peer)
    return 1 + Math.max(0, ...used.map(({ header }) => header.sequence))
  }

  pathsOf(digests: readonly string[]): readonly string[] {
    return digests.map((digest) => this.#blocks.path(digest))
  }

  statistics(): StoreStatistics {
    return {
      admitted: this.list('admitted').length,
      fetching: this.list('fetching').length,
      rejected: this.list('rejected').length,
      pruned: this.list('pruned').length,
      blocks: this.#blocks.count,
      blockBytes: this.#blocks.bytes,
    }
  }

  async close(): Promise<void> {
    await this.#writes.idle()
    await this.#records.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** The first record of a contribution says when it came; later ones keep that, and that others have it. */
  async #write(id: string, said: Omit<ContributionRecord, 'receivedAt'>): Promise<void> {
    const known = this.#entries.get(id)
    const header = known?.header ?? this.#init.readHeader(said.envelope)
    const receivedAt = known === undefined ? (this.#init.wallNow ?? Date.now)() : known.receivedAt
    const acknowledged = said.acknowledged ?? known?.acknowledged
    const record: ContributionRecord = {
      ...said,
      envelope: new Uint8Array(said.envelope), // as it came it may be a corner of a frame, which would be kept with it
      ...(receivedAt !== undefined && { receivedAt }),
      ...(acknowledged !== undefined && { acknowledged }),
    }
    await this.#records.put(id, encode(record), SYNC)
    this.#entries.set(id, { id, header, ...record })
  }

  #isComplete(id: string): boolean {
    return this.#entries.get(id)?.header.payload.chunks.every((digest) => this.#blocks.has(digest)) ?? false
  }

  #neededChunks(besides?: string): Set<string> {
    const needed = [...this.#entries.values()].filter(
      ({ id, state }) => id !== besides && needsPayload(state),
    )
    return new Set(needed.flatMap(({ header }) => header.payload.chunks))
  }

  async #removeUnneeded(digests: readonly string[]): Promise<void> {
    const needed = this.#neededChunks()
    for (const digest of digests) if (!needed.has(digest)) await this.#blocks.remove(digest)
  }
}
