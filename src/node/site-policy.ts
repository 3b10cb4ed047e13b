import { classesOfTask, gramForm, hasClassifierGram, type Floors, type MergeSpec } from '../merge/index.ts'
import type { ContributionDraft } from './assemble-contribution.ts'
import { PublishRefusedError } from './errors.ts'
import { NO_POLICY, type Policy } from './policy/policy-schema.ts'

/** What a site lets out. */
export interface SitePolicy {
  /** Of statistics: the strictest of the charter's, the settings' and the institution's. */
  readonly floors: Floors
  /** Of its institution. */
  readonly policy: Policy
}

export function sitePolicy(
  spec: MergeSpec,
  own: { readonly [K in keyof Floors]?: number | undefined },
  policy = NO_POLICY,
): SitePolicy {
  const strictest = (floor: keyof Floors): number =>
    Math.max(spec.floors[floor], own[floor] ?? 0, policy.floors[floor] ?? 0)
  return { floors: { samples: strictest('samples'), perClass: strictest('perClass') }, policy }
}

/** Refuses statistics over too few samples. @throws PublishRefusedError - reason `below-floor` */
export function assertFloors(
  spec: MergeSpec,
  { floors }: Pick<SitePolicy, 'floors'>,
  draft: ContributionDraft,
): void {
  const { kind, count, classCounts } = draft
  const classes = classesOfTask(spec, draft.task) ?? []
  const carriesStatistics = kind === 'statistics' || gramForm(spec) !== undefined || hasClassifierGram(spec)
  if (carriesStatistics && count < floors.samples) {
    const problem = `${count} samples, statistics need at least ${floors.samples}; add data to this site`
    throw new PublishRefusedError('below-floor', problem, { count, floor: floors.samples })
  }
  const small = kind === 'statistics' ? classCounts.findIndex((n) => n > 0 && n < floors.perClass) : -1
  if (small >= 0) {
    const problem =
      `${classCounts[small]} samples of class ${JSON.stringify(classes[small])}, statistics need ` +
      `${floors.perClass} or none; add samples of it or leave it out`
    throw new PublishRefusedError('below-floor', problem, { class: classes[small], floor: floors.perClass })
  }
}
