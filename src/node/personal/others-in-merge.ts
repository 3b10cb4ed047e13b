import type { NewestMerge } from '../merge-source.ts'
import type { NodeStore } from '../types.ts'

/** Ids of the adapters of all others that a merge counts, ascending: what a site's own model can have of them. */
export function othersInMerge(
  newest: Pick<NewestMerge, 'summary'> | undefined,
  store: Pick<NodeStore, 'list'>,
  self: string,
): readonly string[] {
  const cut = new Set(newest?.summary.cut)
  const others = store
    .list('admitted')
    .filter(({ id, header }) => cut.has(id) && header.kind === 'adapter' && header.peer !== self)
  return others.map(({ id }) => id).sort()
}
