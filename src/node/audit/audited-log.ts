import type { AuditEntry } from './audit-entry.ts'
import { factsOf, type FactsOf } from './audit-kinds.ts'
import { LogState } from './log-state.ts'

/** What an auditor keeps of a log while reading it. */
export class AuditedLog {
  readonly state = new LogState()
  readonly published = new Map<string, FactsOf<'contribution-published'>>()
  /** Entry numbers by digest, of those that are looked for. */
  readonly found = new Map<string, number>()
  /** Times in milliseconds since 1970, by the site's clock; null before the first entry. */
  firstAt: number | null = null
  lastAt: number | null = null
  /** How often an entry is older than the one before. */
  clockBack = 0
  merges = 0
  lost = 0
  /** Starts before the newest that did not end in order. */
  crashes = 0
  /** Whether the newest start has not ended, or not in order. */
  isRunning = false
  readonly #wanted: ReadonlySet<string>

  constructor(wantedDigests: readonly string[] = []) {
    this.#wanted = new Set(wantedDigests)
  }

  add(entry: AuditEntry, digest: string): void {
    this.state.add(entry)
    if (this.#wanted.has(digest)) this.found.set(digest, entry.sequence)
    if (this.lastAt !== null && entry.time < this.lastAt) this.clockBack++
    this.firstAt ??= entry.time
    this.lastAt = entry.time
    const published = factsOf(entry, 'contribution-published')
    if (published !== undefined) this.published.set(published.id, published)
    this.lost += factsOf(entry, 'entries-lost')?.count ?? 0
    if (entry.kind === 'merge-computed') this.merges++
    if (entry.kind === 'node-started' && this.isRunning) this.crashes++
    if (entry.kind === 'node-started') this.isRunning = true
    if (entry.kind === 'node-stopped') this.isRunning = false
  }
}
