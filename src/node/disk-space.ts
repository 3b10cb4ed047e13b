import { SerialQueue, type PayloadSpace } from '../gossip/records.ts'
import { NoSpaceError } from './errors.ts'

import type { NodeStore } from './types.ts'

export interface DiskLimits {
  /** Most that payloads may take. */
  readonly maxBytes?: number | undefined
  /** So much of the disk is left free. */
  readonly minFreeBytes: number
}

/** What payloads take, and what they may take together: by the settings, or by what the disk has free. */
export interface DiskUsage {
  readonly usedBytes: number
  readonly quotaBytes: number
}

export interface DiskSpaceInit {
  readonly limits: () => DiskLimits
  readonly store: Pick<NodeStore, 'missingBytes' | 'dropPartial' | 'statistics'>
  /** Free bytes of the disk. */
  freeBytes(): Promise<number>
  /** Lets go of at least so many bytes of superseded payloads, if there are so many. */
  evict(bytes: number): Promise<void>
  /** Something does not fit; told once until something fits again. */
  onFull?(usage: DiskUsage): void
  /** Whose payload it is, for people. */
  describe(id: string): string
}

/** What is missing for this many bytes more; 0 or less where they fit. */
export function shortage(
  bytes: number,
  used: number,
  free: number,
  { maxBytes = Infinity, minFreeBytes }: DiskLimits,
): number {
  return Math.max(used + bytes - maxBytes, minFreeBytes + bytes - free)
}

/** Room for payloads, set aside before anything is fetched, so that what does not fit is refused by name and never half kept. */
export class DiskSpace implements PayloadSpace {
  readonly #init: DiskSpaceInit
  readonly #reserved = new Set<string>()
  /** For own payloads, which have no id yet. */
  #ownBytes = 0
  #isFull = false
  readonly #turns = new SerialQueue()

  constructor(init: DiskSpaceInit) {
    this.#init = init
  }

  reserve(id: string): Promise<() => void> {
    return this.#turns.run(async () => {
      const { store } = this.#init
      const bytes = store.missingBytes(id)
      try {
        if (bytes > 0) await this.#makeRoom(bytes, this.#init.describe(id))
      } catch (error) {
        await store.dropPartial(id)
        throw error
      }
      this.#reserved.add(id)
      return () => void this.#reserved.delete(id)
    })
  }

  /** For a payload of this site. @throws NoSpaceError */
  reserveOwn(bytes: number): Promise<() => void> {
    return this.#turns.run(async () => {
      await this.#makeRoom(bytes, 'the next contribution of this site')
      this.#ownBytes += bytes
      return () => void (this.#ownBytes -= bytes)
    })
  }

  async #makeRoom(bytes: number, whose: string): Promise<void> {
    const short = await this.#shortage(bytes)
    if (short > 0) await this.#init.evict(short)
    const still = short > 0 ? await this.#shortage(bytes) : short
    if (still > 0 && !this.#isFull) this.#init.onFull?.(await this.#usage())
    this.#isFull = still > 0
    if (still <= 0) return
    const advice = 'free some of the disk, or raise disk.maxBytes in the settings and diskMiB in policy.json'
    throw new NoSpaceError(whose, bytes, still, advice)
  }

  async #usage(): Promise<DiskUsage> {
    const { store, limits } = this.#init
    const usedBytes = store.statistics().blockBytes
    const { maxBytes = Infinity, minFreeBytes } = limits()
    const byDisk = usedBytes + (await this.#init.freeBytes()) - minFreeBytes
    return { usedBytes, quotaBytes: Math.max(0, Math.min(maxBytes, byDisk)) }
  }

  async #shortage(bytes: number): Promise<number> {
    const { store, limits } = this.#init
    const coming = [...this.#reserved].reduce((sum, id) => sum + store.missingBytes(id), this.#ownBytes)
    return shortage(bytes + coming, store.statistics().blockBytes, await this.#init.freeBytes(), limits())
  }
}
