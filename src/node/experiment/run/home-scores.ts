import type { HomeScores } from '../types.ts'

/** How good one model is at one site. */
export interface SiteScore {
  readonly accuracy: number
  /** Of two classes alone. */
  readonly balanced?: number
  readonly auc?: number
}

/**
 * Of two classes, by how far the second's output exceeds the first's, sample by sample: the mean of both classes' shares that are right, and the
 * chance that a sample of the second has more than one of the first, ties for half. Where a site has samples of one class alone, AUC is ½.
 *
 * @param margins - of samples of the first class, and of the second
 */
export function twoClassScore([first, second]: readonly [readonly number[], readonly number[]]): SiteScore {
  const right = [
    first.filter((value) => value <= 0).length,
    second.filter((value) => value > 0).length,
  ] as const
  const recalls = [first, second].flatMap(({ length }, c) => (length === 0 ? [] : [right[c]! / length]))
  const wins = second.flatMap((more) => first.map((less) => (more > less ? 1 : more === less ? 0.5 : 0)))
  return {
    accuracy: (right[0] + right[1]) / Math.max(first.length + second.length, 1),
    balanced: mean(recalls),
    auc: wins.length === 0 ? 0.5 : mean(wins),
  }
}

/** One list a measure, site by site; nothing where there is no site. */
export function homeScores(sites: readonly SiteScore[]): HomeScores {
  if (sites.length === 0) return {}
  const [balanced, auc] = [sites.flatMap((site) => site.balanced ?? []), sites.flatMap((site) => site.auc ?? [])] // prettier-ignore
  return {
    home: sites.map(({ accuracy }) => accuracy),
    ...(balanced.length > 0 && { balanced, auc }),
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum: number, value) => sum + value, 0) / Math.max(values.length, 1)
}
