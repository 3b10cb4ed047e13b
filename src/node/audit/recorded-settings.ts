import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { SiteConfig } from '../home.ts'
import type { FactsOf } from './audit-kinds.ts'

/** Settings that name files and addresses of a site: whoever audits it learns that they have changed, and not what they are. */
const PLACES: ReadonlySet<string> = new Set<keyof SiteConfig>([
  'listen',
  'announce',
  'peers',
  'backbone',
  'data',
  'heldOut',
  'metrics',
  'dashboard',
])

/**
 * A site's settings as its log keeps them: as they are in force, places by the sha2-256 of their JSON.
 *
 * @param policy - digest of the policy file; null where there is none
 */
export function recordedSettings(
  config: SiteConfig,
  policy: string | null,
): Readonly<Record<string, unknown>> {
  const plain = JSON.parse(JSON.stringify(config)) as Record<string, unknown>
  const recorded = Object.entries(plain).map(([field, value]) => [field, PLACES.has(field) ? digestOf(value) : value] as const) // prettier-ignore
  return { ...Object.fromEntries<unknown>(recorded), policy: policy === null ? null : `sha256 ${policy}` }
}

type Changes = FactsOf<'configuration-changed'>['changes']

/** Fields that differ, in the order of their names; null where one is not there. */
export function changedSettings(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Changes {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return fields
    .filter((field) => !isDeepStrictEqual(before[field], after[field]))
    .map((field) => ({ field, before: before[field] ?? null, after: after[field] ?? null }))
}

function digestOf(value: unknown): string {
  return `sha256 ${createHash('sha256').update(JSON.stringify(value)).digest('hex')}`
}
