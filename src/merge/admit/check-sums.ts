import { MergeSpecError } from '../errors.ts'
import { gramForm } from '../format/gram-tensors.ts'
import { adapterRule } from '../rules/adapter-rules.ts'
import type { MergeSpec } from '../types.ts'

/**
 * Exact sums take a contribution out again only where what it says does not depend on who else is there.
 *
 * @throws MergeSpecError - the spec has exact sums and something that does not go with them
 */
export function assertSumsFit(spec: MergeSpec): void {
  if (spec.sums !== 'exact') return
  const { decay, rule, classifier } = spec
  if (decay !== 1) {
    const problem = `exact sums need a decay of 1, got ${decay}: the weight of an old state would depend on the newest one there is`
    throw new MergeSpecError('sums', problem, { decay })
  }
  if (adapterRule(rule).term === undefined) {
    throw new MergeSpecError('sums', `exact sums need a rule that merges each tensor by itself, not ${rule}`, { rule }) // prettier-ignore
  }
  if (gramForm(spec)?.form === 'top-k') {
    throw new MergeSpecError('sums', 'exact sums need Grams as matrices or diagonals, not top-k', { grams: spec.grams }) // prettier-ignore
  }
  if (!EXACT_CLASSIFIERS.has(classifier.rule)) {
    throw new MergeSpecError('sums', `exact sums need a classifier by counts or analytic, not ${classifier.rule}`, { classifier }) // prettier-ignore
  }
}

const EXACT_CLASSIFIERS: ReadonlySet<string> = new Set(['counts', 'analytic'])
