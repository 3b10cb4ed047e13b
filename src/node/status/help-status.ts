import pc from 'picocolors'
import type { Score } from '../../training/index.ts'
import type { KeptHelp } from '../who-helps/kept-help.ts'
import { ago } from './duration.ts'

type KeptSite = KeptHelp['sites'][number]

/** What the home's last `who-helps` said. */
export interface HelpStatus extends Score {
  /** When it was made, as an ISO time. */
  readonly at: string
  /** Digest of the merge that it is of, whose `correct` of `count` held-out samples are right. */
  readonly merge: string
  readonly isNewestMerge: boolean
  /** From the most helpful to the most harmful. */
  readonly sites: readonly (KeptSite & {
    /** Samples on which the merge with it and the one without it are both right, or both wrong. */
    readonly tied: number
    /** By which the merge with it gets more right, as a share of the held-out samples: −1 to 1. */
    readonly difference: number
  })[]
}

/** @param merge - digest of the newest merge; undefined while there is none */
export function helpStatus(kept: KeptHelp | undefined, merge: string | undefined): HelpStatus | null {
  if (kept === undefined) return null
  const { at, correct, count } = kept
  const sites = kept.sites.map((site) => {
    const { gained, lost } = site
    return { ...site, tied: count - gained - lost, difference: count === 0 ? 0 : (gained - lost) / count }
  })
  return { at: new Date(at).toISOString(), merge: kept.merge, isNewestMerge: kept.merge === merge, correct, count, sites } // prettier-ignore
}

/** One line; none where nobody has asked yet. */
export function helpLines({
  help,
  at,
}: {
  readonly help: HelpStatus | null
  readonly at: string
}): readonly string[] {
  if (help === null) return []
  const named = (effect: KeptSite['effect']): string[] =>
    help.sites.filter((site) => site.effect === effect).map(({ name }) => name)
  const said = [
    ...(['helps', 'harms'] as const).flatMap((effect) => {
      const names = named(effect)
      return names.length === 0 ? [] : [`${effect}: ${names.join(', ')}`]
    }),
    `unclear: ${named('unclear').length}`,
  ]
  const of = help.isNewestMerge ? 'the newest merge' : `the earlier merge ${help.merge.slice(0, 12)}`
  const line = `who helps, ${ago(help.at, at)}, of ${of}: ${said.join('; ')}`
  return [named('harms').length > 0 ? pc.yellow(line) : line]
}
