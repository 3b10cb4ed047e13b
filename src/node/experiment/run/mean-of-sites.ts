import { HOME_MEASURES, type Trajectory } from '../types.ts'

/** Of models that are each one site's, scored at their end: the mean over sites, and each at its own site. */
export function meanOfSites(all: readonly Trajectory[]): Trajectory {
  const over = (lists: readonly (readonly number[])[]): number[] =>
    lists[0]!.map((_, i) => lists.reduce((sum, list) => sum + list[i]!, 0) / lists.length)
  const home = HOME_MEASURES.map((name) => [name, all.flatMap((one) => one[name] ?? [])] as const)
  return {
    rounds: over(all.map(({ rounds }) => rounds)),
    tasks: [over(all.map(({ tasks }) => tasks.at(-1)!))],
    ...Object.fromEntries(home.filter(([, values]) => values.length > 0)),
  }
}
