import { existsSync } from 'node:fs'
import pc from 'picocolors'
import { mergeSpecOf } from '../charter.ts'
import { readHomeCharters } from '../home-charters.ts'
import { readConfig, type HomePaths } from '../home.ts'
import { forbiddenBy } from './assert-policy.ts'
import { limitsInForce, type LimitsInForce } from './limits-in-force.ts'
import { quietAt } from './quiet-hours.ts'
import { isoTimeOf, type PolicyReport } from './policy-report.ts'
import { readPolicy } from './read-policy.ts'
import { policyLines } from './render-policy.ts'
import { statisticsAsked, type Statistic } from './statistics-asked.ts'

/** What a policy file means for the site in whose home it lies. */
export interface CheckedPolicy extends Pick<PolicyReport, 'digest' | 'quiet' | 'statistics'> {
  /** Name of the charter that it was held against; null in a home that has none yet. */
  readonly charter: string | null
  readonly forbidden: readonly Statistic[]
  /** Null in a home without a charter. */
  readonly limits: LimitsInForce | null
  readonly outbox: boolean
}

/**
 * Reads the file, holds it against the charter in force, and says what is quiet at `at`, in milliseconds since 1970.
 *
 * @throws InvalidFileError - it is no policy
 */
export async function checkPolicy(paths: HomePaths, at: number): Promise<CheckedPolicy> {
  const { policy, digest } = await readPolicy(paths)
  const quiet = quietAt(policy.quietHours, at)
  const said = {
    digest,
    statistics: policy.statistics ?? null,
    outbox: policy.outbox,
    quiet: { training: isoTimeOf(quiet.training), sharing: isoTimeOf(quiet.sharing) },
  }
  if (!existsSync(paths.charter)) return { ...said, charter: null, forbidden: [], limits: null }
  const { inForce } = await readHomeCharters(paths)
  const spec = mergeSpecOf(inForce)
  return {
    ...said,
    charter: inForce.name,
    forbidden: forbiddenBy(policy, statisticsAsked(spec)),
    limits: limitsInForce({ policy, spec, config: await readConfig(paths) }),
  }
}

export function renderCheck(checked: CheckedPolicy): string {
  const { charter, forbidden, limits, outbox } = checked
  const against =
    charter === null
      ? 'no charter yet: nothing to hold it against'
      : forbidden.length === 0
        ? pc.green(`all that charter "${charter}" asks for may leave`)
        : pc.red(`charter "${charter}" asks for what it keeps at home: ${forbidden.join(', ')}; the node does not start`) // prettier-ignore
  return [...policyLines({ ...checked, outbox: { required: outbox, waiting: [] }, limits, problem: null, forbidden: [] }), against].join('\n') // prettier-ignore
}
