import type { AuditEntry } from './audit-entry.ts'
import { factsOf } from './audit-kinds.ts'

/** What a log says up to its newest entry, as far as the entries after it depend on it. */
export class LogState {
  /** Settings that the newest start was made with; null before the first. */
  settings: Readonly<Record<string, unknown>> | null = null
  /** The newest merge and its cut. */
  merge: { readonly digest: string; readonly cut: ReadonlySet<string> } | null = null
  /** What a person has last chosen to serve. */
  chosen: { readonly digest: string; readonly since: number } | null = null
  readonly #cut = new Set<string>()
  /** Ids of ledger statements, and of contributions of others. */
  readonly statements = new Set<string>()
  readonly admitted = new Set<string>()
  /** Ids of own contributions, and whether their tensors are named. */
  readonly published = new Map<string, boolean>()

  /** Takes the next entry of a chain that holds. */
  add(entry: AuditEntry): void {
    const started = factsOf(entry, 'node-started')
    if (started !== undefined) this.settings = started.settings
    const statement = factsOf(entry, 'ledger-statement')
    if (statement !== undefined) this.statements.add(statement.id)
    const published = factsOf(entry, 'contribution-published')
    if (published !== undefined) this.published.set(published.id, published.tensors !== null)
    const admitted = factsOf(entry, 'contribution-admitted')
    if (admitted !== undefined) this.admitted.add(admitted.id)
    this.chosen = factsOf(entry, 'model-chosen') ?? this.chosen
    this.#merged(entry)
  }

  #merged(entry: AuditEntry): void {
    const merged = factsOf(entry, 'merge-computed')
    if (merged === undefined) return
    for (const id of merged.removed) this.#cut.delete(id)
    for (const id of merged.added) this.#cut.add(id)
    this.merge = { digest: merged.digest, cut: this.#cut }
  }
}
