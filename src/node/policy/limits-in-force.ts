import { availableParallelism } from 'node:os'
import type { Bandwidth } from '../../gossip/index.ts'
import type { MergeSpec } from '../../merge/index.ts'
import type { SiteConfig } from '../home.ts'
import { defaultMergeThreads } from '../merge-pool.ts'
import type { Policy } from './policy-schema.ts'

const MIB = 2 ** 20

/** Who set a limit: settings are `config.json` and what `run` was told; `default` is what holds where nobody has said anything. */
export type LimitSource = 'charter' | 'settings' | 'policy' | 'default'

export interface Limit {
  readonly value: number
  readonly from: LimitSource
}

export type LimitName =
  | 'threads'
  | 'mergeThreads'
  | 'memoryBytes'
  | 'diskBytes'
  | 'uploadBytesPerSecond'
  | 'downloadBytesPerSecond'
  | 'floorSamples'
  | 'floorPerClass'

/** What holds at a site, and who has said so; null where nobody limits it. */
export type LimitsInForce = Readonly<Record<LimitName, Limit | null>>

export interface LimitSources {
  readonly policy: Policy
  readonly config: Pick<SiteConfig, 'threads' | 'disk' | 'floors' | 'bandwidth'>
  readonly spec: Pick<MergeSpec, 'floors'>
  readonly mergeThreads?: number | undefined
}

/** The strictest of what charter, settings and policy say, limit by limit; where they say the same, the first of them is named. */
export function limitsInForce({ policy, config, spec, mergeThreads }: LimitSources): LimitsInForce {
  const { bandwidth, disk, floors, threads } = config
  const merging =
    said(mergeThreads, 'settings') ?? said(defaultMergeThreads(availableParallelism()), 'default')
  return {
    threads: least(said(threads, 'settings'), said(policy.threads, 'policy')),
    mergeThreads: least(merging, said(policy.threads, 'policy')),
    memoryBytes: said(mib(policy.memoryMiB), 'policy'),
    diskBytes: least(said(disk.maxBytes, 'settings'), said(mib(policy.diskMiB), 'policy')),
    uploadBytesPerSecond: rate('upBytesPerSecond', bandwidth, policy.bandwidth),
    downloadBytesPerSecond: rate('downBytesPerSecond', bandwidth, policy.bandwidth),
    floorSamples: most(said(spec.floors.samples, 'charter'), said(floors.samples, 'settings'), said(policy.floors.samples, 'policy')), // prettier-ignore
    floorPerClass: most(said(spec.floors.perClass, 'charter'), said(floors.perClass, 'settings'), said(policy.floors.perClass, 'policy')), // prettier-ignore
  }
}

function rate(direction: keyof Bandwidth, settings: Bandwidth, policy: Bandwidth): Limit | null {
  return least(said(settings[direction], 'settings'), said(policy[direction], 'policy'))
}

function said(value: number | undefined, from: LimitSource): Limit | null {
  return value === undefined ? null : { value, from }
}

function mib(count: number | undefined): number | undefined {
  return count === undefined ? undefined : count * MIB
}

function least(...limits: readonly (Limit | null)[]): Limit | null {
  return strictest(limits, (one, other) => one.value < other.value)
}

function most(...limits: readonly (Limit | null)[]): Limit | null {
  return strictest(limits, (one, other) => one.value > other.value)
}

function strictest(
  limits: readonly (Limit | null)[],
  isStricter: (one: Limit, other: Limit) => boolean,
): Limit | null {
  return limits.reduce(
    (found, limit) => (limit !== null && (found === null || isStricter(limit, found)) ? limit : found),
    null,
  )
}
