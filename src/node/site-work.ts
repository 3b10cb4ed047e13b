import type { Tensor } from '../merge/index.ts'
import type { MeasureResult, ModelState, TrainResult } from '../training/index.ts'
import type { ContributionDraft } from './assemble-contribution.ts'
import type { NewestMerge } from './merge-loop.ts'
import type { Decision } from './schedule.ts'

/** Tasks arrive one after another in a later version; today there is one. */
const TASK = 0

/** What training yields, as an `adapter` contribution: of the adapter what was trained. */
export function adapterDraft(
  { generation, base }: Extract<Decision, { kind: 'train' }>,
  { state, trained, grams, count, classCounts }: TrainResult,
): ContributionDraft {
  const tensors = new Map<string, Tensor>(grams)
  for (const name of trained) tensors.set(name, state.adapter.get(name)!)
  tensors.set('classifier/weight', state.classifier.weight)
  tensors.set('classifier/bias', state.classifier.bias)
  return { kind: 'adapter', generation, task: TASK, base, anchor: null, count, classCounts, tensors }
}

/** What measuring yields, as a `statistics` contribution. */
export function statisticsDraft(
  anchor: string | null,
  newest: NewestMerge | undefined,
  { gram, cross, count, classCounts }: MeasureResult,
): ContributionDraft {
  const tensors = new Map([
    ['classifier/gram', gram],
    ['classifier/cross', cross],
  ])
  const generation = Math.max(1, newest?.summary.generation ?? 0)
  const base = anchor === null ? null : (newest?.summary.digest ?? null)
  return { kind: 'statistics', generation, task: TASK, base, anchor, count, classCounts, tensors }
}

/** The state that training starts from: null is the charter's start. */
export function trainingState(base: string | null, newest: NewestMerge | undefined): ModelState | null {
  if (base === null || newest === undefined) return null
  const { adapter, classifier } = newest.result
  return { adapter, classifier }
}
