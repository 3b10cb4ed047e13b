import type { UncountedFile } from './admit-file.ts'
import { memberName } from './member-name.ts'
import type { OfflineMerge } from './offline.ts'

/** What one contribution is to a merge. */
export interface ContributionStanding {
  readonly id: string
  readonly peer: string
  readonly name: string
  readonly sequence: number
  /** `merged`: in the cut; `late`: its round was decided without it; `superseded`: a newer one stands in its place; `equivocating`: another has the same number; else what the ledger says. */
  readonly standing: 'merged' | 'late' | 'superseded' | 'equivocating' | UncountedFile['standing']
}

/** Of all that a merge was chosen from, by name and number. */
export function standingsIn({
  contributions,
  uncounted,
  summary,
  rules,
}: Pick<OfflineMerge, 'contributions' | 'uncounted' | 'summary' | 'rules'>): readonly ContributionStanding[] {
  const merged = new Set(summary.cut)
  const equivocating = new Set(summary.equivocating)
  const counting = contributions.map(({ id, header: { peer, sequence, round } }): ContributionStanding => {
    const other = round === null ? 'superseded' : 'late'
    const standing = merged.has(id) ? 'merged' : equivocating.has(id) ? 'equivocating' : other
    return { id, peer, name: memberName(rules.roster, peer), sequence, standing }
  })
  const others = uncounted.map(({ id, peer, name, sequence, standing }) => ({ id, peer, name, sequence, standing })) // prettier-ignore
  return [...counting, ...others].sort(
    (a, b) => compare(a.name, b.name) || a.sequence - b.sequence || compare(a.id, b.id),
  )
}

/** One line for each. */
export function renderStandings(standings: readonly ContributionStanding[]): string {
  return standings.map(({ name, sequence, standing }) => `${name} ${sequence}: ${standing}`).join('\n')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
