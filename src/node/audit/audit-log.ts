import { setTimeout as pause } from 'node:timers/promises'
import type { Identity } from '../../gossip/index.ts'
import { AppendFile } from './append-file.ts'
import { entryLine, sealEntry } from './audit-entry.ts'
import type { AuditDraft } from './audit-kinds.ts'
import { LogState } from './log-state.ts'
import { recoverLog, type LogOwner } from './recover-log.ts'

export interface AuditLogInit {
  readonly file: string
  readonly owner: Omit<LogOwner, 'peer'>
  readonly identity: Identity
  /** Milliseconds since 1970. @default Date.now */
  readonly wallNow?: (() => number) | undefined
  /** Entries that wait in memory, at most. @default 10000 */
  readonly maxWaiting?: number
  /** @default 1000 */
  readonly firstRetryMs?: number
  /** Told of what a start found in the file, and of a disk that keeps nothing, each once until it is over. */
  readonly onProblem: (code: string, text: string) => void
}

/** What an entry says, found out when its turn comes: `state` is that of the log up to the entry before. Should be done soon once the signal aborts. */
export type MakeDrafts = (
  state: LogState,
  signal: AbortSignal,
) => readonly AuditDraft[] | Promise<readonly AuditDraft[]>

interface Waiting {
  /** When it happened. */
  readonly time: number
  readonly make: MakeDrafts
}

/** Some megabytes; a node has a few things a minute to record. */
const MAX_WAITING = 10_000
/** Signed and forced to disk at once. */
const BATCH = 256
const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 60_000

/**
 * The log of a site, being written: entries wait in memory, in order, and are signed and forced to disk a batch at a time, so that nobody
 * waits for the disk. While it keeps nothing it is tried again; what does not fit into memory meanwhile is counted, and the count recorded.
 */
export class AuditLog {
  readonly #init: AuditLogInit
  readonly #closing = new AbortController()
  #waiting: Waiting[] = []
  #lost = 0
  #state = new LogState()
  #sequence = 0
  #head: string | null = null
  #file: AppendFile | undefined
  #running: Promise<void> | undefined
  #told: string | undefined

  constructor(init: AuditLogInit) {
    this.#init = init
  }

  /** Never waits and never throws. */
  add(make: MakeDrafts): void {
    if (this.#closing.signal.aborted) return
    if (this.#waiting.length >= (this.#init.maxWaiting ?? MAX_WAITING)) {
      this.#lost++
      return
    }
    const time = this.#now()
    if (this.#lost > 0) this.#waiting.push({ time, make: lostDraft(this.#lost) })
    this.#lost = 0
    this.#waiting.push({ time, make })
    this.#wake()
  }

  /** Resolves when all that was added is on disk, or after so long. */
  async flush(timeoutMs: number): Promise<void> {
    await Promise.race([this.#idle(), pause(timeoutMs, undefined, { ref: false })])
  }

  /** Writes what waits, if the disk lets it, and ends. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#idle()
    await this.#file?.close()
    this.#file = undefined
  }

  async #idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  /** What is added in the moment between the last look and the end is not left waiting. */
  #wake(): void {
    this.#running ??= this.#drain().finally(() => {
      this.#running = undefined
      if (this.#waiting.length > 0) this.#wake()
    })
  }

  async #drain(): Promise<void> {
    try {
      this.#file ??= await this.#untilDone(() => this.#open())
      while (this.#waiting.length > 0) {
        const text = await this.#seal(this.#waiting.splice(0, BATCH))
        await this.#untilDone(() => this.#file!.append(text))
      }
    } catch (error) {
      this.#waiting = []
      this.#tell(error, 'the newest entries are not kept') // closing: it is said, and no more can be done
    }
  }

  async #open(): Promise<AppendFile> {
    const { file, owner, identity, onProblem } = this.#init
    const found = await recoverLog(file, { ...owner, peer: identity.peer })
    const opened = await AppendFile.open(file, found.bytes)
    this.#state = found.state
    this.#sequence = found.entries
    this.#head = found.head
    const time = this.#waiting[0]?.time ?? this.#now() // what waits has happened before
    this.#waiting.unshift({ time, make: () => found.drafts })
    if (found.problem !== undefined) onProblem(found.problem.code, found.problem.text)
    return opened
  }

  async #seal(batch: readonly Waiting[]): Promise<string> {
    const lines: string[] = []
    for (const { time, make } of batch) {
      try {
        const drafts = await make(this.#state, this.#closing.signal)
        for (const draft of drafts) lines.push(await this.#line(time, draft))
      } catch (error) {
        this.#tell(error, 'one entry is not kept') // those before it are, and numbers have no gap
      }
    }
    return lines.join('')
  }

  async #line(time: number, { kind, facts }: AuditDraft): Promise<string> {
    const entry = { v: 1, sequence: this.#sequence + 1, time, kind, facts, previous: this.#head } as const
    const sealed = await sealEntry(entry, this.#init.identity)
    this.#state.add(entry)
    this.#sequence++
    this.#head = sealed.digest
    return entryLine(sealed)
  }

  async #untilDone<T>(work: () => Promise<T>): Promise<T> {
    const { signal } = this.#closing
    for (let wait = this.#init.firstRetryMs ?? FIRST_RETRY_MS; ; wait = Math.min(LAST_RETRY_MS, 2 * wait)) {
      try {
        const done = await work()
        this.#told = undefined
        return done
      } catch (error) {
        if (signal.aborted) throw error
        this.#tell(error, 'it is tried again')
        await pause(wait, undefined, { signal }).catch(() => undefined) // once more before it ends
      }
    }
  }

  #now(): number {
    return this.#init.wallNow?.() ?? Date.now()
  }

  #tell(error: unknown, what: string): void {
    const { message } = error as Error
    if (message === this.#told) return
    this.#told = message
    this.#init.onProblem('audit-failed', `${this.#init.file}: ${message}; ${what}`)
  }
}

function lostDraft(count: number): MakeDrafts {
  return () => [{ kind: 'entries-lost', facts: { count } }]
}
