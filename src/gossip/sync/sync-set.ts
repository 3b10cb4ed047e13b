import { MAX_ENVELOPES_PER_BATCH, MAX_WANTED_PER_SESSION } from '../constants.ts'
import { RefusedError } from '../errors.ts'
import type { OrderedIds } from './ordered-ids.ts'
import { fitting } from './range-codec.ts'

/** A set that members keep equal: ids, and the signed bytes behind each. */
export interface SyncSet {
  readonly name: string
  /** What this node offers, as of now. */
  offered(): OrderedIds
  /** Whether this node lacks the id and has not refused it. */
  wants(id: string): boolean
  get(id: string): Promise<Uint8Array | undefined>
  /** Takes bytes that `from` has given; resolves with their id, or with undefined if they cannot be what was asked for. */
  enter(bytes: Uint8Array, from: string): Promise<string | undefined>
  /** `from` offers this id, wanted or not. */
  onOffered?(id: string, from: string): void
}

/** Of each piece of bytes on the wire. */
const HEAD_BYTES = 5

/** What one session brings over for one set, in both directions, a bounded batch at a time. */
export class Transfer {
  readonly #set: SyncSet
  readonly #peer: string
  readonly #wanted = new Set<string>()
  #asked: readonly string[] = []
  #isCut = false
  #received = 0
  #given = 0

  constructor(set: SyncSet, peer: string) {
    this.#set = set
    this.#peer = peer
  }

  get received(): number {
    return this.#received
  }

  get given(): number {
    return this.#given
  }

  /** Whether there was more to want than one session brings. */
  get isCut(): boolean {
    return this.#isCut
  }

  /** The other side has this id. */
  readonly offered = (id: string): void => {
    this.#set.onOffered?.(id, this.#peer)
    if (!this.#set.wants(id)) return
    if (this.#wanted.size < MAX_WANTED_PER_SESSION) this.#wanted.add(id)
    else this.#isCut = true
  }

  /** The next ids to ask for; those that have come by another way since are left out. */
  ask(): readonly string[] {
    const next: string[] = []
    for (const id of this.#wanted) {
      if (next.length === MAX_ENVELOPES_PER_BATCH) break
      if (this.#set.wants(id)) next.push(id)
      else this.#wanted.delete(id)
    }
    this.#asked = next
    return next
  }

  /**
   * The answer to the last `ask`: some of it, one after another. If nothing came, the other side has let go of all of it.
   *
   * @throws RefusedError `wrong-content` - something that was not asked for
   */
  async take(given: readonly Uint8Array[]): Promise<void> {
    const asked = new Set(this.#asked)
    if (given.length === 0) for (const id of asked) this.#wanted.delete(id)
    for (const bytes of given) {
      const id = await this.#set.enter(bytes, this.#peer)
      if (id === undefined || !asked.delete(id)) {
        throw new RefusedError(
          'wrong-content',
          `sync of ${this.#set.name}`,
          'something that was not asked for',
        )
      }
      this.#wanted.delete(id)
      this.#received++
    }
  }

  /** What is offered of the ids asked for, as many as fit; at least one if any is. @throws RefusedError `too-large` */
  async give(ids: readonly string[]): Promise<readonly Uint8Array[]> {
    if (this.#given + ids.length > 2 * MAX_WANTED_PER_SESSION) {
      throw new RefusedError(
        'too-large',
        `sync of ${this.#set.name}`,
        'asks for more than a session brings over',
      )
    }
    const offered = this.#set.offered()
    const found: Uint8Array[] = []
    for (const id of ids) {
      const bytes = offered.has(id) ? await this.#set.get(id) : undefined
      if (bytes !== undefined) found.push(bytes)
    }
    const given = fitting(found, (bytes) => bytes.byteLength + HEAD_BYTES)
    this.#given += given.length
    return given
  }
}
