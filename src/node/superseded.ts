import type { MergeResult } from '../merge/index.ts'
import type { StoredContribution } from './types.ts'

/**
 * Of the contributions that a merge had to choose from, those that newer ones supersede, oldest first. Equivocating ones are not among
 * them: that they are there is why older ones count.
 */
export function supersededBy(
  { cut, equivocating }: Pick<MergeResult, 'cut' | 'equivocating'>,
  known: readonly StoredContribution[],
): readonly StoredContribution[] {
  const needed = new Set([...cut, ...equivocating])
  return known.filter(({ id }) => !needed.has(id)).sort(olderFirst)
}

/** By generation, then by the author's own count; ids break ties, so that it is one order. */
function olderFirst(a: StoredContribution, b: StoredContribution): number {
  const byAge = a.header.generation - b.header.generation || a.header.sequence - b.header.sequence
  return byAge !== 0 ? byAge : a.id < b.id ? -1 : 1
}

/** Of two contributions with the same key (no two rounds have the same) the later one supersedes the other, as far as it holds the same units. */
export function stateKey({ header }: Pick<StoredContribution, 'header'>): string {
  const { kind, peer, task, anchor, round } = header
  return JSON.stringify([kind, peer, task, kind === 'adapter' ? round : anchor])
}

/** Whether one of these has taken the place of `contribution`: newer, of the same peer, task and kind. */
export function isSuperseded(
  contribution: Pick<StoredContribution, 'header'>,
  counting: readonly StoredContribution[],
): boolean {
  const key = stateKey(contribution)
  const { sequence } = contribution.header
  return counting.some((other) => other.header.sequence > sequence && stateKey(other) === key)
}

/**
 * Payloads that were let go and may count again: nothing newer stands in their place any more, or something newer that stood there when
 * they were let go has been `lost` since (found to equivocate, withdrawn, not counted).
 */
export function neededAgain(
  pruned: readonly StoredContribution[],
  counting: readonly StoredContribution[],
  lost: readonly StoredContribution[],
): readonly StoredContribution[] {
  return pruned.filter((one) => !isSuperseded(one, counting) || isSuperseded(one, lost))
}
