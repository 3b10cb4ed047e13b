import { createHash } from 'node:crypto'
import { OrderedIds } from '../../../src/gossip/sync/ordered-ids.ts'
import type { SyncSet } from '../../../src/gossip/sync/sync-set.ts'

/** Items whose ids are the sha2-256 of their bytes. */
export class MemorySet implements SyncSet {
  readonly name: string
  readonly ids = new OrderedIds()
  readonly items = new Map<string, Uint8Array>()
  readonly refused = new Set<string>()
  /** Ids in the order in which they entered from a peer. */
  readonly entered: string[] = []
  /** Ids asked of this side. */
  readonly asked: string[] = []

  constructor(name = 'contributions', items: Iterable<Uint8Array> = []) {
    this.name = name
    for (const item of items) this.add(item)
  }

  add(bytes: Uint8Array): string {
    const id = createHash('sha256').update(bytes).digest('hex')
    this.items.set(id, bytes)
    this.ids.add(id)
    return id
  }

  offered(): OrderedIds {
    return this.ids
  }

  wants(id: string): boolean {
    return !this.ids.has(id) && !this.refused.has(id)
  }

  get(id: string): Promise<Uint8Array | undefined> {
    this.asked.push(id)
    return Promise.resolve(this.items.get(id))
  }

  enter(bytes: Uint8Array): Promise<string | undefined> {
    const id = createHash('sha256').update(bytes).digest('hex')
    if (!this.refused.has(id)) this.add(bytes)
    this.entered.push(id)
    return Promise.resolve(id)
  }
}

export function textItems(from: number, to: number, name = 'item', pad = 0): Uint8Array[] {
  return Array.from({ length: to - from }, (_, i) => Buffer.from(`${name} ${from + i}`.padEnd(pad)))
}
