import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { writeFileAtomic } from '../atomic-file.ts'
import type { Logger } from '../logger.ts'
import { parseJson } from '../parse-json.ts'

const schema = z.strictObject({ v: z.literal(1), seen: z.record(z.string().max(64), z.number()) })

/** More than a consortium has; the one that was seen longest ago is forgotten. */
const MOST_PEERS = 1024

export interface LastSeenInit {
  readonly file: string
  readonly logger: Logger
  /** Milliseconds since 1970. */
  readonly wallNow: () => number
}

/** When each peer was last heard of, kept over restarts. */
export class LastSeen {
  readonly #init: LastSeenInit
  readonly #seen: Map<string, number>
  #isChanged = false

  /** Starts empty where there is no file, or one that cannot be read: it is a convenience. */
  static async open(init: LastSeenInit): Promise<LastSeen> {
    try {
      const { seen } = parseJson(schema, await readFile(init.file, 'utf8'), init.file)
      return new LastSeen(init, new Map(Object.entries(seen)))
    } catch (error) {
      const isMissing = (error as { code?: unknown }).code === 'ENOENT'
      if (!isMissing) init.logger.warn({ err: error }, 'when members were last seen is not known any more')
      return new LastSeen(init, new Map())
    }
  }

  private constructor(init: LastSeenInit, seen: Map<string, number>) {
    this.#init = init
    this.#seen = seen
  }

  /** As an ISO time; null for never. */
  of(peer: string): string | null {
    const at = this.#seen.get(peer)
    return at === undefined ? null : new Date(at).toISOString()
  }

  note(peers: Iterable<string>): void {
    for (const peer of peers) {
      this.#seen.delete(peer)
      this.#seen.set(peer, this.#init.wallNow())
      this.#isChanged = true
    }
    for (const peer of this.#seen.keys()) {
      if (this.#seen.size <= MOST_PEERS) return
      this.#seen.delete(peer)
    }
  }

  /** Writes what has changed; a failure costs no more than an older time. */
  async save(): Promise<void> {
    if (!this.#isChanged) return
    this.#isChanged = false
    const text = JSON.stringify({ v: 1, seen: Object.fromEntries(this.#seen) })
    await writeFileAtomic(this.#init.file, `${text}\n`).catch((error: unknown) => {
      this.#isChanged = true
      this.#init.logger.warn({ err: error }, 'when members were last seen could not be written')
    })
  }
}
