import type { Charter } from '../charter.ts'
import type { ReadLedger } from '../ledger-file.ts'
import type { MergeClaim } from '../merge-claim.ts'
import type { Check } from '../verify-merge.ts'
import type { LogReading } from './read-log.ts'

/** What is there beside the log. */
export interface AuditBundle {
  /** The charter that the consortium was founded with. */
  readonly founding: Charter
  /** It is the bundle's own, and not one that the auditor has from elsewhere. */
  readonly isOwnCharter: boolean
  readonly ledger: ReadLedger
  readonly rounds: readonly Uint8Array[] | undefined
  readonly contributions: readonly string[]
  readonly claim: MergeClaim
  readonly tensors: string | undefined
}

export interface AuditVerdict {
  /** Every check holds. */
  readonly ok: boolean
  readonly log: Pick<LogReading, 'entries' | 'head'> & {
    readonly peer: string | null
    readonly name: string | null
    readonly consortium: string | null
    /** Times of the first and the newest entry, in milliseconds since 1970 by the site's clock. */
    readonly firstAt: number | null
    readonly lastAt: number | null
  }
  readonly checks: readonly Check[]
  /** Digest of the newest merge as it was computed again; null where it was not. */
  readonly merge: string | null
  /** What holds only by the word of the site, or could not be looked at. */
  readonly notProven: readonly string[]
}
