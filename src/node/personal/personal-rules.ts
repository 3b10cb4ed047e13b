import { z } from 'zod'
import {
  gramForm,
  type AdapterSpec,
  type ClassifierRule,
  type GramSpec,
  type MergeRule,
} from '../../merge/index.ts'
import { contributionsPerTask, type Schedule } from '../schedule-rules.ts'

/** As FedSelect was published. */
export const FEDSELECT = { every: 3, share: 0.25, limit: 0.8 } as const

const fedalt = z.strictObject({
  method: z.literal('fedalt'),
  rest: z.enum(['factors', 'products', 'gram']),
})

const fedselect = z.strictObject({
  method: z.literal('fedselect'),
  /** Trainings between two growths of what is personal. */
  every: z.int().min(1).max(1000),
  /** Share of the entries still shared that become personal at a time. */
  share: z.number().gt(0).max(1),
  /** A tensor of which more is personal stays as it is. */
  limit: z.number().min(0).max(1),
})

const means = z.strictObject({
  method: z.literal('means'),
  /** How many samples of its own everybody's class mean is worth to a site; absent: as many as the means of all sites say. */
  strength: z.number().gt(0).max(1e9).optional(),
  /** Which classes a site expects: those that it has more samples of more often (`shares`), or absent all alike. */
  prior: z.literal('shares').optional(),
})

/**
 * Whether sites keep models of their own; docs/personal.md explains.
 *
 *   fedalt      every site trains its own adapter beside the sum of the others', mixed for each input; what it is given of them is `rest`
 *   means       the adapter is the merge's; the classifier has each site's own class means in everybody's scatter, and nobody sends more for it
 *   fedselect   entries of the adapter that move most become a site's own, the others are averaged among those who share them
 */
export const personalSchema = z.discriminatedUnion('method', [fedalt, fedselect, means])

export type Personal = z.infer<typeof personalSchema>
export type FedAltRules = z.infer<typeof fedalt>
export type FedSelectRules = z.infer<typeof fedselect>
export type MeansRules = z.infer<typeof means>

interface PersonalCharter {
  readonly personal?: Personal | undefined
  readonly schedule: Schedule
  readonly rule: MergeRule
  readonly grams?: GramSpec | undefined
  readonly adapter: AdapterSpec
  readonly classifier: ClassifierRule
}

interface Contradiction {
  readonly path: readonly string[]
  readonly message: string
}

/** What of a charter does not fit personal models; undefined where all does. */
export function personalContradiction(charter: PersonalCharter): Contradiction | undefined {
  const { personal, schedule } = charter
  if (personal === undefined) return undefined
  if (personal.method === 'means') return withoutStatistics(charter)
  if (schedule.kind !== 'continuous') {
    const message = `expected continuous, got ${schedule.kind}: sites with models of their own go on from what there is whenever they train`
    return { path: ['schedule', 'kind'], message }
  }
  return personal.method === 'fedalt' ? besideRest(charter, personal) : underMasks(charter, personal)
}

/** Own means follow every merge, but need the statistics that its classifier is solved from. */
function withoutStatistics({ schedule, classifier }: PersonalCharter): Contradiction | undefined {
  if (schedule.kind === 'staged') {
    const message = 'expected continuous or one-shot, got staged: its rounds send no statistics of features, which class means are read from' // prettier-ignore
    return { path: ['schedule', 'kind'], message }
  }
  if (classifier.rule === 'analytic' && classifier.fit === 'discriminant') return undefined
  const message = `expected the analytic classifier with fit discriminant, got ${classifier.rule}: class means are read from its statistics`
  return { path: ['classifier'], message }
}

function besideRest(charter: PersonalCharter, { rest }: FedAltRules): Contradiction | undefined {
  const { rule } = charter
  if (rule === 'fedselect') {
    const message = 'expected another rule, got fedselect: its contributions hold no whole adapters'
    return { path: ['rule'], message }
  }
  if (rest === 'gram' && gramForm(charter) === undefined) {
    const message = `expected factors or products, got gram: the rule ${rule} sends no Grams to weigh by`
    return { path: ['personal', 'rest'], message }
  }
  return undefined
}

function underMasks(
  { rule, schedule }: PersonalCharter,
  { every }: FedSelectRules,
): Contradiction | undefined {
  if (rule !== 'fedselect') {
    const message = `expected fedselect, got ${rule}: personal entries leave no site, and only fedselect merges without them`
    return { path: ['rule'], message }
  }
  const contributions = contributionsPerTask(schedule)
  if (contributions > every + 1) return undefined
  const message = `expected more than ${every + 1}, got ${contributions}: nothing would become personal, as masks first grow after training ${every + 1}`
  return { path: ['schedule', 'contributionsPerTask'], message }
}
