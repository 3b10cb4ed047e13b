import { compareCodeUnits } from './canonical-order.ts'
import { groupBy } from './group-by.ts'
import type { ContributionView } from '../types.ts'

/** Statistics measured under one feature map; `anchor` is null for the frozen backbone. */
export interface AnchoredStatistics {
  readonly anchor: string | null
  readonly statistics: readonly ContributionView[]
  readonly count: number
}

/**
 * Sums of statistics mean something only under one feature map. The one whose statistics cover most samples is used; of
 * equals the one measured at the higher generation, then the smaller digest.
 */
export function chooseAnchor(statistics: readonly ContributionView[]): AnchoredStatistics | undefined {
  const groups = groupBy(statistics, ({ header }) => header.anchor)
  const candidates = [...groups].map(([anchor, group]) => ({
    anchor,
    statistics: group,
    count: group.reduce((sum, { header }) => sum + header.count, 0),
    generation: Math.max(...group.map(({ header }) => header.generation)),
  }))
  candidates.sort(
    (a, b) =>
      b.count - a.count || b.generation - a.generation || compareCodeUnits(a.anchor ?? '', b.anchor ?? ''),
  )
  return candidates[0]
}
