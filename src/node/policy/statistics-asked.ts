import {
  gramForm,
  hasClassifierGram,
  hasMasks,
  type ContributionKind,
  type GramSpec,
  type MergeSpec,
} from '../../merge/index.ts'

/** Everything in contributions and receipts that is computed from a site's samples besides what is trained and counted. */
export const STATISTICS = [
  'classifier-moments',
  'classifier-gram',
  'grams-projected',
  'grams-joint',
  'grams-diagonal',
  'grams-top-k',
  'grams-full',
  'personal-masks',
  'held-out-scores',
] as const

export type Statistic = (typeof STATISTICS)[number]

/** What a contribution of this kind carries under a spec, by what the payload format requires of it: no more can be in there, and no less. */
export function statisticsIn(spec: MergeSpec, kind: ContributionKind): readonly Statistic[] {
  if (kind === 'statistics') return ['classifier-moments']
  const form = gramForm(spec)
  const grams = form === undefined ? [] : [gramsOf(form)]
  if (kind === 'grams') return grams
  return [
    ...grams,
    ...(hasClassifierGram(spec) ? ['classifier-gram' as const] : []),
    ...(hasMasks(spec) ? ['personal-masks' as const] : []),
  ]
}

/** What a charter asks of a member in the course of its schedule. Held-out scores are told where they may be, and asked of nobody. */
export function statisticsAsked(spec: MergeSpec): readonly Statistic[] {
  const { staged, classifier } = spec
  const forms = staged === undefined ? [] : [staged.grams.A, staged.grams.B].map(gramsOf)
  const asked = [
    ...statisticsIn(spec, 'adapter').filter((one) => staged === undefined || !one.startsWith('grams-')),
    ...forms,
    ...(classifier.rule === 'analytic' ? statisticsIn(spec, 'statistics') : []),
  ]
  return STATISTICS.filter((one) => asked.includes(one))
}

function gramsOf({ form }: GramSpec): Statistic {
  return `grams-${form}`
}
