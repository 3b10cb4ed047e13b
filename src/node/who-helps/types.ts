import type { Score } from '../../training/index.ts'

/** What a merge gets right of a site's held-out samples. */
export interface MergeFigures extends Score {
  /** In the order of the report's classes; count 0 where nothing is held out. */
  readonly perClass: readonly Score[]
  /** In the order of the report's tasks. */
  readonly perTask: readonly Score[]
}

/** What a merge owes to one site, on the held-out samples of the site that asks. */
export interface SiteEffect {
  readonly peer: string
  readonly name: string
  /** It is the site that asks. */
  readonly self: boolean
  /** Ids of its contributions in the cut. */
  readonly contributions: readonly string[]
  /** Digest of the merge without them. */
  readonly without: string
  /** Of that merge. */
  readonly figures: MergeFigures
  /** Samples that only the merge with it has right, and only the one without it. */
  readonly gained: number
  readonly lost: number
  /** Chance of so lopsided a split of those, or more so to the same side, where gain and loss are equally likely. */
  readonly chance: number
  /** By the sign test of the publishing gate. */
  readonly effect: 'helps' | 'harms' | 'unclear'
}

export interface HelpReport {
  /** Digest of the merge that is looked at. */
  readonly merge: string
  readonly classes: readonly string[]
  /** Tasks that have samples held out, with their names; the classes of the charter are null. */
  readonly tasks: readonly { readonly task: string | null; readonly name: string | null }[]
  /** Of the merge of all. */
  readonly figures: MergeFigures
  /** From the most helpful to the most harmful. */
  readonly sites: readonly SiteEffect[]
}
