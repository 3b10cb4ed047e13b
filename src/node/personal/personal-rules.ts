import { z } from 'zod'
import { gramForm, type AdapterSpec, type GramSpec, type MergeRule } from '../../merge/index.ts'
import type { Schedule } from '../schedule-rules.ts'

/**
 * Whether sites keep models of their own; docs/personal.md explains.
 *
 *   fedalt   every site trains its own adapter beside the sum of the others', mixed for each input; what it is given of them is `rest`
 */
export const personalSchema = z.strictObject({
  method: z.literal('fedalt'),
  rest: z.enum(['factors', 'products', 'gram']),
})

export type Personal = z.infer<typeof personalSchema>

interface PersonalCharter {
  readonly personal?: Personal | undefined
  readonly schedule: Pick<Schedule, 'kind'>
  readonly rule: MergeRule
  readonly grams?: GramSpec | undefined
  readonly adapter: AdapterSpec
}

/** What of a charter does not fit personal models; undefined where all does. */
export function personalContradiction(
  charter: PersonalCharter,
): { readonly path: readonly string[]; readonly message: string } | undefined {
  const { personal, schedule, rule } = charter
  if (personal === undefined) return undefined
  if (schedule.kind !== 'continuous') {
    const message = `expected continuous, got ${schedule.kind}: sites with models of their own renew what they have of the others whenever they train`
    return { path: ['schedule', 'kind'], message }
  }
  if (rule === 'fedselect') {
    const message = 'expected another rule, got fedselect: its contributions hold no whole adapters'
    return { path: ['rule'], message }
  }
  if (personal.rest === 'gram' && gramForm(charter) === undefined) {
    const message = `expected factors or products, got gram: the rule ${rule} sends no Grams to weigh by`
    return { path: ['personal', 'rest'], message }
  }
  return undefined
}
