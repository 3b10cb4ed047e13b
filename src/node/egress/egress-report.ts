import { isoTime } from '../audit/iso-time.ts'
import type { AuditEntry } from '../audit/audit-entry.ts'
import { factsOf, type FactsOf } from '../audit/audit-kinds.ts'

type Published = FactsOf<'contribution-published'>

/** A member that has got the payload of an own contribution, or a part of it. Times are ISO times by this site's clock. */
export interface EgressRecipient {
  readonly peer: string
  readonly name: string
  /** Fetched from this site; more than the payload where chunks were fetched again. */
  readonly bytes: number
  readonly chunks: number
  /** Of the entries that say so; null where it has fetched nothing from here. */
  readonly firstAt: string | null
  readonly lastAt: string | null
  /** When it said that it has all of it, from whomever; null where it has not. */
  readonly hasAllAt: string | null
}

/** What has left with one contribution. */
export interface EgressContribution extends Omit<Published, 'publishedAt' | 'isLate'> {
  readonly publishedAt: string
  /** Found in the store at a start: `publishedAt` is when the store had it, or else when it was found. */
  readonly isLate: boolean
  readonly recipients: readonly EgressRecipient[]
}

export interface EgressDay {
  /** In UTC. */
  readonly day: string
  readonly contributions: number
  /** Of their payloads, and of chunks sent. */
  readonly publishedBytes: number
  readonly sentBytes: number
  /** Names. */
  readonly recipients: readonly string[]
}

export interface EgressTotals {
  readonly peer: string
  readonly name: string
  readonly bytes: number
  /** Contributions that it has fetched something of from here, and those that it says to have whole. */
  readonly fetched: number
  readonly holds: number
}

export interface EgressReport {
  readonly contributions: readonly EgressContribution[]
  /** Held-out numbers told to all members, as the receipts had them. */
  readonly scores: readonly (FactsOf<'scores-shared'> & { readonly at: string })[]
  readonly days: readonly EgressDay[]
  readonly recipients: readonly EgressTotals[]
  /** Bytes sent of contributions that the log does not name. */
  readonly unknownBytes: number
}

interface Day {
  contributions: number
  publishedBytes: number
  sentBytes: number
  readonly recipients: Set<string>
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Adds up what the entries of a log say has left. */
export class EgressTally {
  readonly #contributions = new Map<string, EgressContribution>()
  readonly #recipients = new Map<string, Map<string, Mutable<EgressRecipient>>>()
  readonly #scores: EgressReport['scores'][number][] = []
  readonly #days = new Map<string, Day>()

  /** In the order of the log. */
  add(entry: AuditEntry): void {
    const at = isoTime(entry.time)
    const published = factsOf(entry, 'contribution-published')
    if (published !== undefined) this.#publish(published, at)
    const served = factsOf(entry, 'payload-served')
    if (served !== undefined) this.#serve(served, at)
    const held = factsOf(entry, 'payload-held')
    if (held !== undefined) this.#recipient(held).hasAllAt ??= at
    const scores = factsOf(entry, 'scores-shared')
    if (scores !== undefined) this.#scores.push({ at, ...scores })
  }

  report(): EgressReport {
    const known = [...this.#contributions.values()].sort((a, b) => a.sequence - b.sequence)
    const contributions = known.map((one) => ({ ...one, recipients: this.#recipientsOf(one.id) }))
    const days = [...this.#days].sort(([a], [b]) => (a < b ? -1 : 1))
    const unknown = [...this.#recipients.keys()].filter((id) => !this.#contributions.has(id))
    return {
      contributions,
      scores: this.#scores,
      days: days.map(([day, { recipients, ...sums }]) => ({ day, ...sums, recipients: [...recipients].sort() })), // prettier-ignore
      recipients: totals([...this.#recipients.values()].flatMap((peers) => [...peers.values()])),
      unknownBytes: unknown.flatMap((id) => this.#recipientsOf(id)).reduce((sum, { bytes }) => sum + bytes, 0), // prettier-ignore
    }
  }

  /** One that is recorded again has found its tensors since. */
  #publish({ publishedAt, ...facts }: Published, recordedAt: string): void {
    const at = publishedAt === null ? recordedAt : isoTime(publishedAt)
    const isNew = !this.#contributions.has(facts.id)
    this.#contributions.set(facts.id, { ...facts, publishedAt: at, recipients: [] })
    if (!isNew) return
    const day = this.#day(at)
    day.contributions++
    day.publishedBytes += facts.payload.bytes
  }

  #serve(served: FactsOf<'payload-served'>, at: string): void {
    const recipient = this.#recipient(served)
    recipient.bytes += served.bytes
    recipient.chunks += served.chunks
    recipient.firstAt ??= at
    recipient.lastAt = at
    const day = this.#day(at)
    day.sentBytes += served.bytes
    day.recipients.add(served.name)
  }

  #recipient({ id, peer, name }: { id: string; peer: string; name: string }): Mutable<EgressRecipient> {
    const peers = this.#recipients.get(id) ?? new Map<string, Mutable<EgressRecipient>>()
    this.#recipients.set(id, peers)
    const known = peers.get(peer) ?? { peer, name, bytes: 0, chunks: 0, firstAt: null, lastAt: null, hasAllAt: null } // prettier-ignore
    peers.set(peer, known)
    return known
  }

  #recipientsOf(id: string): readonly EgressRecipient[] {
    return byName([...(this.#recipients.get(id)?.values() ?? [])])
  }

  #day(at: string): Day {
    const key = at.slice(0, 10)
    const day = this.#days.get(key) ?? { contributions: 0, publishedBytes: 0, sentBytes: 0, recipients: new Set() } // prettier-ignore
    this.#days.set(key, day)
    return day
  }
}

function totals(all: readonly EgressRecipient[]): readonly EgressTotals[] {
  const byPeer = new Map<string, Mutable<EgressTotals>>()
  for (const { peer, name, bytes, hasAllAt } of all) {
    const known = byPeer.get(peer) ?? { peer, name, bytes: 0, fetched: 0, holds: 0 }
    known.bytes += bytes
    if (bytes > 0) known.fetched++
    if (hasAllAt !== null) known.holds++
    byPeer.set(peer, known)
  }
  return byName([...byPeer.values()])
}

function byName<T extends { readonly name: string; readonly peer: string }>(all: T[]): readonly T[] {
  return all.sort((a, b) => (`${a.name} ${a.peer}` < `${b.name} ${b.peer}` ? -1 : 1))
}
