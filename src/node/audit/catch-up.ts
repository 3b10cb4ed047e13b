import type { NodeStore, StoredContribution } from '../types.ts'
import type { AuditDraft, FactsOf } from './audit-kinds.ts'
import type { LogState } from './log-state.ts'
import { publishedDraft } from './published-draft.ts'

/** What a home holds at a start. */
export interface HomeContents {
  readonly statements: readonly FactsOf<'ledger-statement'>[]
  /** Own contributions, and those of others that are admitted. */
  readonly own: readonly StoredContribution[]
  readonly others: readonly (FactsOf<'contribution-admitted'> & { readonly id: string })[]
}

/**
 * What a home holds and its log does not know: what was signed or admitted in the moment before a crash, by a command while no node ran, or
 * before there was a log.
 */
export async function catchUp(
  state: Pick<LogState, 'statements' | 'published' | 'admitted'>,
  { statements, own, others }: HomeContents,
  store: Pick<NodeStore, 'getChunk' | 'getEnvelope'>,
  signal: AbortSignal,
): Promise<readonly AuditDraft[]> {
  const drafts: AuditDraft[] = []
  for (const facts of statements) if (!state.statements.has(facts.id)) drafts.push({ kind: 'ledger-statement', facts }) // prettier-ignore
  for (const facts of others) if (!state.admitted.has(facts.id)) drafts.push({ kind: 'contribution-admitted', facts }) // prettier-ignore
  for (const one of own) {
    if (signal.aborted) break // payloads may be large; the next start goes on
    if (isNews(state, one)) drafts.push(await publishedDraft(store, one, undefined))
  }
  return drafts
}

/** Also where its tensors were not here when it was recorded, and may be now. */
function isNews({ published }: Pick<LogState, 'published'>, one: StoredContribution): boolean {
  return !published.has(one.id) || (published.get(one.id) === false && one.state === 'admitted')
}
