import { existsSync } from 'node:fs'
import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SerialQueue } from '../../gossip/records.ts'
import { encodeHeader, payloadChunks } from '../../merge/index.ts'
import type { AssembledContribution } from '../assemble-contribution.ts'
import { makeDirectory, syncDirectory, writeFileAtomic } from '../atomic-file.ts'
import { Blocks } from '../blocks.ts'
import { CorruptChunkError } from '../errors.ts'
import type { HomePaths } from '../home.ts'
import { recordOf, type OutboxDecision, type OutboxItem } from './outbox-item.ts'
import { findHeld, inOrder, readItems } from './read-outbox.ts'

/** Refused or lapsed records that are remembered, newest first; each keeps one piece of work from being done again. */
const MAX_REMEMBERED = 64

/** What is kept beside a contribution for whoever decides. */
export type HeldAbout = Pick<OutboxItem, 'heldAt' | 'work' | 'classes' | 'clipping'>

/**
 * Own contributions that wait for a person's word, in a directory of their own: `<id>.json` and chunks in `blocks/`. Nothing of it is in the
 * store that the network serves, and no header in it is signed. What a method has resolved for survives a crash.
 */
export class Outbox {
  readonly #dir: string
  readonly #blocks: Blocks
  readonly #items = new Map<string, OutboxItem>()
  readonly #writes = new SerialQueue()

  /** Reads what is there. @throws InvalidFileError, MalformedError - a record is none */
  static async open(paths: Pick<HomePaths, 'outbox'>): Promise<Outbox> {
    const outbox = new Outbox(paths.outbox)
    await outbox.#load()
    return outbox
  }

  private constructor(dir: string) {
    this.#dir = dir
    this.#blocks = new Blocks(join(dir, 'blocks'))
  }

  /** In the order in which they were held. */
  list(...states: readonly OutboxItem['state'][]): readonly OutboxItem[] {
    const all = inOrder([...this.#items.values()])
    return states.length === 0 ? all : all.filter(({ state }) => states.includes(state))
  }

  get(id: string): OutboxItem | undefined {
    return this.#items.get(id)
  }

  /** Bytes of payloads here. */
  get bytes(): number {
    return this.#blocks.bytes
  }

  pathsOf(digests: readonly string[]): readonly string[] {
    return digests.map((digest) => this.#blocks.path(digest))
  }

  /** Undefined where it is not here, or does not have its digest any more. */
  async readChunk(digest: string): Promise<Uint8Array | undefined> {
    return (await this.#blocks.read(digest)).bytes
  }

  /** @throws CorruptChunkError - the disk has lost some of it */
  async payloadOf({ header: { payload } }: OutboxItem): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    for (const digest of payload.chunks) {
      const chunk = await this.readChunk(digest)
      if (chunk === undefined) throw new CorruptChunkError(digest, 'missing or damaged in the outbox')
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  }

  async keepChunks({ header, payload }: Pick<AssembledContribution, 'header' | 'payload'>): Promise<void> {
    await this.#prepare()
    for (const [i, chunk] of payloadChunks(payload).entries()) {
      await this.#blocks.write(header.payload.chunks[i]!, chunk)
    }
  }

  /** Its chunks must be here. */
  hold({ id, header, headerBytes }: Omit<AssembledContribution, 'payload'>, about: HeldAbout): Promise<void> {
    return this.#write({
      v: 1,
      id,
      state: 'held',
      header,
      headerBytes,
      ...about,
      decision: null,
      isTold: true,
    })
  }

  /** Of what is held: it may leave, or never will. @throws PeermergeError ERR_OUTBOX - it is not held, or not any more */
  async decide(
    id: string,
    state: 'released' | 'refused' | 'lapsed',
    decision: OutboxDecision,
  ): Promise<OutboxItem> {
    const item = findHeld(this.list(), id)
    await this.#write({ ...item, state, decision, isTold: false })
    if (state !== 'released') await this.tidy()
    return this.#items.get(item.id)!
  }

  /** What was released cannot leave any more. */
  async lapse(id: string, reason: string, at: number): Promise<void> {
    const item = this.#items.get(id)
    if (item === undefined) return
    await this.#write({ ...item, state: 'lapsed', decision: { by: null, reason, at }, isTold: false })
    await this.tidy()
  }

  async told(id: string): Promise<void> {
    const item = this.#items.get(id)
    if (item !== undefined) await this.#write({ ...item, isTold: true })
  }

  /** Under another number, which is kept before anything is signed under it. Returns the contribution's own id, which is another than the item's. */
  async renumber(id: string, sequence: number): Promise<OutboxItem> {
    const item = this.#items.get(id)!
    const header = { ...item.header, sequence }
    await this.#write({ ...item, header, headerBytes: encodeHeader(header) })
    return this.#items.get(id)!
  }

  /** Published: the store has it now. */
  async done(id: string): Promise<void> {
    await this.#forget(id)
    await this.tidy()
  }

  /** What a person has refused of the same work, so that it is not done again. */
  refused(work: string): OutboxItem | undefined {
    return this.list('refused').find((item) => item.work === work)
  }

  /** Removes chunks that nothing here needs, and the oldest of what is only remembered. */
  async tidy(): Promise<void> {
    const remembered = this.list('refused', 'lapsed').filter(({ isTold }) => isTold)
    for (const { id } of remembered.slice(0, -MAX_REMEMBERED)) await this.#forget(id)
    await this.#writes.run(async () => {
      const waiting = this.list('held', 'released')
      const needed = new Set(waiting.flatMap(({ header }) => header.payload.chunks))
      for (const digest of this.#blocks.digests()) {
        if (!needed.has(digest)) await this.#blocks.remove(digest)
      }
    })
  }

  async #load(): Promise<void> {
    for (const item of await readItems(this.#dir)) this.#items.set(item.id, item)
    if (existsSync(this.#dir)) await this.#blocks.open()
  }

  async #prepare(): Promise<void> {
    await makeDirectory(this.#dir)
    await chmod(this.#dir, 0o700)
  }

  #write(item: OutboxItem): Promise<void> {
    return this.#writes.run(async () => {
      await this.#prepare()
      await writeFileAtomic(this.#file(item.id), `${JSON.stringify(recordOf(item), null, 2)}\n`, { mode: 0o600 }) // prettier-ignore
      this.#items.set(item.id, item)
    })
  }

  #forget(id: string): Promise<void> {
    return this.#writes.run(async () => {
      await rm(this.#file(id), { force: true })
      await syncDirectory(this.#dir)
      this.#items.delete(id)
    })
  }

  #file(id: string): string {
    return join(this.#dir, `${id}.json`)
  }
}
