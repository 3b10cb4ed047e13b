import type { MergeSpec } from '../../merge/index.ts'
import { reportOf, type OutboxReport } from '../outbox/outbox-report.ts'
import type { OutboxItem } from '../outbox/outbox-item.ts'
import { forbiddenBy } from './assert-policy.ts'
import { limitsInForce, type LimitsInForce, type LimitSources } from './limits-in-force.ts'
import type { PolicyDesk } from './policy-desk.ts'
import { QUIETED, type Quieted } from './quiet-hours.ts'
import { statisticsAsked, type Statistic } from './statistics-asked.ts'

/** What a site's policy says, what holds by it now, and what waits for a person. */
export interface PolicyReport {
  /** sha2-256 of `policy.json`; null where there is none. */
  readonly digest: string | null
  /** Why nothing may leave; null where that is not so. */
  readonly problem: string | null
  /** Statistics that may leave; null for all. */
  readonly statistics: readonly Statistic[] | null
  /** Of those that the charter asks for, the ones that may not: then nothing that carries them leaves. */
  readonly forbidden: readonly Statistic[]
  /** Until when what is quiet, as ISO times; null where it is not. */
  readonly quiet: Readonly<Record<Quieted, string | null>>
  readonly limits: LimitsInForce
  readonly outbox: {
    /** Whether everything waits for a person's word before it leaves. */
    readonly required: boolean
    /** What is held, and what was released and has not left yet; it stays where a site only listens. */
    readonly waiting: readonly OutboxReport[]
  }
}

export function policyReport(
  site: Omit<LimitSources, 'policy'> & { readonly spec: MergeSpec },
  { policy, digest, problem, quiet }: Pick<PolicyDesk, 'policy' | 'digest' | 'problem' | 'quiet'>,
  outbox: readonly OutboxItem[],
): PolicyReport {
  return {
    digest,
    problem,
    statistics: policy.statistics ?? null,
    forbidden: forbiddenBy(policy, statisticsAsked(site.spec)),
    quiet: Object.fromEntries(QUIETED.map((what) => [what, isoTimeOf(quiet[what])])) as PolicyReport['quiet'],
    limits: limitsInForce({ ...site, policy }),
    outbox: { required: policy.outbox, waiting: outbox.map(reportOf) },
  }
}

/** @param at - milliseconds since 1970 */
export function isoTimeOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
