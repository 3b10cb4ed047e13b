import { decode, encode } from '@ipld/dag-cbor'
import { ClassicLevel } from 'classic-level'
import type { KeptMemory, RoundStore } from '../gossip/index.ts'
import type { HomePaths } from './home.ts'
import { openIncarnation, renewIncarnation } from './incarnation-file.ts'
import type { Logger } from './logger.ts'

/** The rounds of a home: all certificates, and what it has said in the round under way. */
export interface HomeRoundStore extends RoundStore, AsyncDisposable {
  /** Certificates from round 0 on: proof for anybody who knows the founding charter. */
  certificates(): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

export interface RoundStoreInit {
  readonly paths: Pick<HomePaths, 'rounds' | 'incarnation'>
  readonly peer: string
  readonly logger: Logger
}

const SYNC = { sync: true }
const MEMORY = 'memory'
/** Rounds in the order of their numbers. */
const FIRST = certificateKey(0)
const BEYOND = 'certificate/~'

/** What a method has resolved for survives `kill -9`. A home that was copied or restored gets a new incarnation here. */
export async function openRoundStore({ paths, peer, logger }: RoundStoreInit): Promise<HomeRoundStore> {
  const { incarnation, isNew } = await openIncarnation(paths.incarnation, peer)
  const database = new ClassicLevel<string, Uint8Array>(paths.rounds, { valueEncoding: 'view' })
  await database.open()
  if (isNew) await database.del(MEMORY, SYNC)
  if (isNew)
    logger.warn(
      { incarnation },
      'this home was copied or restored: it votes once a round has named its new memory',
    )
  return new LevelRoundStore(database, paths.incarnation, peer, incarnation)
}

class LevelRoundStore implements HomeRoundStore {
  readonly #database: ClassicLevel<string, Uint8Array>
  readonly #marker: string
  readonly #peer: string
  #incarnation: string

  constructor(database: ClassicLevel<string, Uint8Array>, marker: string, peer: string, incarnation: string) {
    this.#database = database
    this.#marker = marker
    this.#peer = peer
    this.#incarnation = incarnation
  }

  incarnation(): Promise<string> {
    return Promise.resolve(this.#incarnation)
  }

  async renew(): Promise<string> {
    this.#incarnation = await renewIncarnation(this.#marker, this.#peer)
    await this.#database.del(MEMORY, SYNC)
    return this.#incarnation
  }

  async newest(): Promise<{ readonly round: number; readonly bytes: Uint8Array } | null> {
    for await (const [key, bytes] of this.#database.iterator({
      gte: FIRST,
      lt: BEYOND,
      reverse: true,
      limit: 1,
    })) {
      return { round: Number(key.slice(key.indexOf('/') + 1)), bytes }
    }
    return null
  }

  async certificate(round: number): Promise<Uint8Array | null> {
    return (await this.#database.get(certificateKey(round))) ?? null
  }

  addCertificate(round: number, bytes: Uint8Array): Promise<void> {
    return this.#database.put(certificateKey(round), bytes, SYNC)
  }

  async memory(): Promise<KeptMemory | null> {
    const bytes = await this.#database.get(MEMORY)
    return bytes === undefined ? null : decode(bytes)
  }

  saveMemory(kept: KeptMemory): Promise<void> {
    return this.#database.put(MEMORY, encode(kept), SYNC)
  }

  certificates(): AsyncIterable<Uint8Array> {
    return certificatesIn(this.#database)
  }

  close(): Promise<void> {
    return this.#database.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** All certificates, from round 0 on. */
export function certificatesIn(database: ClassicLevel<string, Uint8Array>): AsyncIterable<Uint8Array> {
  return database.values({ gte: FIRST, lt: BEYOND })
}

function certificateKey(round: number): string {
  return `certificate/${String(round).padStart(8, '0')}`
}
