import type { NodeStatus } from '../../src/node/status/types.ts'

/** What is compared of a site. */
export interface Told {
  readonly site: string
  readonly status: Pick<NodeStatus, 'own' | 'members' | 'merge' | 'done' | 'name'> | null
}

/** Whether a swarm holds together, of those sites that answer. */
export interface Verdict {
  /** Contributions by the site that made them, as it says itself. */
  readonly made: ReadonlyMap<string, number>
  /** What somebody made and somebody has not, as `site lacks N of author`. */
  readonly lost: readonly string[]
  /** What somebody counts more than once, or two contributions of one author under one number. */
  readonly duplicated: readonly string[]
  /** Digests of the merges; one, where all agree. */
  readonly digests: ReadonlySet<string>
  /** Sites that do not answer. */
  readonly silent: readonly string[]
  readonly done: boolean
}

/**
 * Judges by what each site says of each. `atLeast` is what authors were seen to have made before: one that has forgotten its own, or is
 * away, has still made it.
 */
export function judge(told: readonly Told[], atLeast: ReadonlyMap<string, number> = new Map()): Verdict {
  const answering = told.flatMap(({ site, status }) => (status === null ? [] : [{ site, status }]))
  const made = new Map(atLeast)
  for (const { status } of answering)
    made.set(status.name, Math.max(made.get(status.name) ?? 0, status.own.adapters + status.own.statistics))
  const lost: string[] = []
  const duplicated: string[] = []
  for (const { site, status } of answering) {
    for (const [author, count] of made) {
      const difference = count - heldOf(status, author)
      if (difference > 0) lost.push(`${site} lacks ${difference} of ${author}`)
      if (difference < 0) duplicated.push(`${site} counts ${-difference} too many of ${author}`)
    }
    const twice = status.merge?.equivocating.length ?? 0
    if (twice > 0) duplicated.push(`${site} sees ${twice} with a number that was given before`)
  }
  return {
    made,
    lost,
    duplicated,
    digests: new Set(answering.map(({ status }) => status.merge?.digest ?? 'none')),
    silent: told.filter(({ status }) => status === null).map(({ site }) => site),
    done: answering.every(({ status }) => status.done),
  }
}

function heldOf({ members }: NonNullable<Told['status']>, author: string): number {
  const found = members.filter(({ name }) => name === author)
  return found.reduce((sum, { adapters, statistics }) => sum + adapters + statistics, 0)
}

/** Nothing is under way any more, everybody answers and holds everything once, and all digests are equal. */
export function holds({ lost, duplicated, digests, silent, done }: Verdict): boolean {
  return done && isComplete({ lost, duplicated, silent }) && digests.size === 1 && !digests.has('none')
}

/** Everybody answers and holds everything that was made, once. */
export function isComplete({
  lost,
  duplicated,
  silent,
}: Pick<Verdict, 'lost' | 'duplicated' | 'silent'>): boolean {
  return lost.length === 0 && duplicated.length === 0 && silent.length === 0
}
