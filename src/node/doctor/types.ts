import type { PolicyReport } from '../policy/policy-report.ts'
import type { MemoryLimits } from '../memory/memory-text.ts'
import type { SiteMemory } from '../memory/site-memory.ts'
import type { ReachFacts } from '../../gossip/index.ts'

/** What a name in a member's address stands for. */
export interface NameFacts {
  readonly name: string
  readonly ipv4: readonly string[]
  readonly ipv6: readonly string[]
  /** Why it stands for nothing. */
  readonly error: string | null
}

/** Whether this site can listen where its settings say. */
export interface PortFacts {
  readonly address: string
  readonly state: 'listening' | 'in-use' | 'failed'
  /** The process that has the port, where the system tells; the failure otherwise. */
  readonly detail: string | null
}

/** Everything that a diagnosis is drawn from: plain values, found out elsewhere. */
export interface DoctorFacts {
  /** When, as an ISO time. */
  readonly at: string
  readonly isRunning: boolean
  readonly site: {
    readonly name: string
    readonly peer: string
    readonly version: string
    readonly kernel: number
    readonly charter: string
    /** Digest of the signed statements that this site holds; null where membership is fixed. */
    readonly ledger: string | null
    readonly reachable: 'auto' | 'yes' | 'no'
    readonly servesRelay: boolean
    readonly hasNetworkKey: boolean
    readonly announce: readonly string[]
    /** What of the charter the site's policy forbids, and whether everything waits for a person. */
    readonly policy: Pick<PolicyReport, 'digest' | 'forbidden'> & { readonly outbox: boolean }
  }
  /** The others, in the charter's order. */
  readonly members: readonly { readonly id: string; readonly name: string }[]
  readonly names: readonly NameFacts[]
  readonly ports: readonly PortFacts[]
  /** Null where the host could not start at all. */
  readonly reach: ReachFacts | null
  readonly freeBytes: number | null
  /** What the site's processes take, about, and what there is; or why that cannot be told. Null where the site has no data, and trains nothing. */
  readonly memory:
    { readonly takes: SiteMemory; readonly limits: MemoryLimits } | { readonly unknown: string } | null
  /** Environment variables that name a proxy. */
  readonly proxies: readonly string[]
}

export const CHECKS = [
  'names',
  'port',
  'outbound',
  'inbound',
  'relay',
  'clock',
  'versions',
  'agreement',
  'disk',
  'memory',
  'proxy',
  'policy',
] as const

/** One thing that was looked at. */
export interface Finding {
  readonly check: (typeof CHECKS)[number]
  readonly level: 'ok' | 'warn' | 'fail'
  readonly found: string
  /** What to do; null where nothing is wrong. */
  readonly todo: string | null
}

/** The firewall rule that is missing, for the person who must open it. */
export interface MissingRule {
  readonly direction: 'outbound' | 'inbound'
  readonly port: number
  /** The other end: a name or IP address; null for inbound from anywhere. */
  readonly host: string | null
  /** In plain words. */
  readonly text: string
}

export interface Diagnosis {
  readonly findings: readonly Finding[]
  readonly rule: MissingRule | null
  readonly facts: DoctorFacts
}
