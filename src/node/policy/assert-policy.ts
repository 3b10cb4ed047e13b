import { PeermergeError } from '../../errors.ts'
import {
  specAt,
  specOfTask,
  type ContributionHeader,
  type MergeSpec,
  type RoundTerms,
} from '../../merge/index.ts'
import { PublishRefusedError } from '../errors.ts'
import type { Policy } from './policy-schema.ts'
import { statisticsAsked, statisticsIn, type Statistic } from './statistics-asked.ts'

/** What of a contribution its header says to everybody, and what its payload must hold by that. */
export type Outgoing = Pick<ContributionHeader, 'kind' | 'task' | 'count' | 'classCounts'> & {
  readonly at?: Pick<RoundTerms, 'phase'> | undefined
}

/** Statistics that a charter asks for and a policy keeps at home. */
export function forbiddenBy({ statistics }: Policy, asked: readonly Statistic[]): readonly Statistic[] {
  return statistics === undefined ? [] : asked.filter((one) => !statistics.includes(one))
}

/** @throws PeermergeError ERR_POLICY - the charter asks for statistics that the policy does not let out; names them */
export function assertCharterAllowed(policy: Policy, spec: MergeSpec, charterName: string): void {
  const forbidden = forbiddenBy(policy, statisticsAsked(spec))
  if (forbidden.length === 0) return
  const problem =
    `policy.json does not let out what charter "${charterName}" asks of its members: ${forbidden.join(', ')}; ` +
    'allow it there (statistics), or stay out of this charter'
  throw new PeermergeError('ERR_POLICY', problem, { forbidden })
}

/**
 * Floors and kinds of statistics, of every contribution.
 *
 * @throws PublishRefusedError - reason `below-policy-floor`, `statistics-forbidden`
 */
export function assertAllowed(policy: Policy, whole: MergeSpec, outgoing: Outgoing): void {
  const { kind, task, count, classCounts, at } = outgoing
  const spec = specOfTask(specAt(whole, at), task) ?? whole
  const forbidden = forbiddenBy(policy, statisticsIn(spec, kind))
  if (forbidden.length > 0) {
    const problem = `policy.json does not let out ${forbidden.join(', ')}, which this contribution carries; allow it there (statistics)`
    throw new PublishRefusedError('statistics-forbidden', problem, { forbidden })
  }
  const { samples = 0, perClass = 0 } = policy.floors
  if (count < samples) {
    const problem = `${count} samples, policy.json asks for at least ${samples}; add samples, or lower floors.samples there`
    throw belowFloor(problem, { count, floor: samples })
  }
  const small = classCounts.findIndex((n) => n > 0 && n < perClass)
  if (small < 0) return
  const label = JSON.stringify(spec.classes[small])
  const problem =
    `${classCounts[small]} samples of class ${label}, policy.json asks for at least ${perClass} or none; ` +
    'add samples, leave the class out of the data, or lower floors.perClass there'
  throw belowFloor(problem, { class: label, floor: perClass })
}

function belowFloor(problem: string, detail: Record<string, unknown>): PublishRefusedError {
  return new PublishRefusedError('below-policy-floor', problem, { by: 'policy.json', ...detail })
}
