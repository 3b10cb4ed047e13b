import { MAX_WAITING_STATEMENT_BYTES } from '../constants.ts'
import type { OpenedStatement } from './types.ts'

interface Waiting {
  readonly opened: OpenedStatement
  readonly bearer: string
  /** One parent that has not come. */
  readonly for: string
}

/**
 * Statements that came before their parents. Bounded: when it is full, the oldest of the bearer who brought most is forgotten and has to be
 * brought again, so that one who sends parents that do not exist pushes out nobody else's.
 */
export class WaitingRoom {
  readonly #maxBytes: number
  readonly #byId = new Map<string, Waiting>()
  readonly #byParent = new Map<string, Set<string>>()
  readonly #bytesOf = new Map<string, number>()
  #bytes = 0

  constructor(maxBytes = MAX_WAITING_STATEMENT_BYTES) {
    this.#maxBytes = maxBytes
  }

  get size(): number {
    return this.#byId.size
  }

  has(id: string): boolean {
    return this.#byId.has(id)
  }

  /** Ids that something here waits for. */
  wanted(): IterableIterator<string> {
    return this.#byParent.keys()
  }

  isWanted(id: string): boolean {
    return this.#byParent.has(id)
  }

  put(opened: OpenedStatement, bearer: string, missing: string): void {
    this.#remove(opened.id)
    this.#byId.set(opened.id, { opened, bearer, for: missing })
    const children = this.#byParent.get(missing) ?? new Set()
    this.#byParent.set(missing, children.add(opened.id))
    this.#count(bearer, opened.bytes.byteLength)
    while (this.#bytes > this.#maxBytes) this.#forgetOne()
  }

  /** Those that waited for this one; they are no longer here. */
  take(id: string): Waiting[] {
    const children = [...(this.#byParent.get(id) ?? [])].map((child) => this.#byId.get(child)!)
    for (const { opened } of children) this.#remove(opened.id)
    return children
  }

  #forgetOne(): void {
    const [greediest] = [...this.#bytesOf].reduce((most, one) => (one[1] > most[1] ? one : most))
    for (const [id, { bearer }] of this.#byId) {
      if (bearer !== greediest) continue
      this.#remove(id)
      return
    }
  }

  #remove(id: string): void {
    const waiting = this.#byId.get(id)
    if (waiting === undefined) return
    this.#byId.delete(id)
    this.#count(waiting.bearer, -waiting.opened.bytes.byteLength)
    const siblings = this.#byParent.get(waiting.for)
    if (siblings?.delete(id) === true && siblings.size === 0) this.#byParent.delete(waiting.for)
  }

  #count(bearer: string, bytes: number): void {
    this.#bytes += bytes
    const share = (this.#bytesOf.get(bearer) ?? 0) + bytes
    if (share > 0) this.#bytesOf.set(bearer, share)
    else this.#bytesOf.delete(bearer)
  }
}
