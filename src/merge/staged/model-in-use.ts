import { mergeClassifier } from '../classifier/merge-classifier.ts'
import { adapterDigest, classifierDigest, cutDigest, mergeDigest } from '../format/merge-digest.ts'
import type { MergeContext } from '../merge-result.ts'
import { rowsOfTask } from '../tasks/class-rows.ts'
import type {
  AdapterSpec,
  Classifier,
  ContributionView,
  MergeResult,
  MergeSpec,
  TensorMap,
} from '../types.ts'
import { mergeFinishedTasks, type FinishedTask } from './merge-finished-tasks.ts'
import { stagedAdapter } from './phase-spec.ts'
import { emptyClassifier, stagedOf, type EndedTask, type StagedChain } from './staged-chain.ts'

/** What the model in use is made from besides the chain itself. */
export interface ModelParts {
  /** Statistics for an analytic classifier: they belong to no round. */
  readonly statistics: readonly ContributionView[]
  /** A contribution of an end of a task. */
  readonly open: (id: string) => ContributionView
}

/**
 * The model that a site uses, of tasks that are over and the one under way. Of one task its own adapter; of several the merge across them by
 * their summed Grams (`mergeFinishedTasks`), or while one is under way the mean of their products, as LoRM evaluates it. Training goes on from
 * the chain, never from this.
 *
 * @throws MergeRankError - tasks · rank exceeds what a module has
 */
export function modelInUse(
  spec: MergeSpec,
  context: MergeContext,
  chain: StagedChain,
  { statistics, open }: ModelParts,
): MergeResult {
  const { adapterSpec, adapter } = adapterInUse(spec, chain, open)
  const analytic = spec.classifier.rule === 'analytic' && statistics.length > 0
  const { classifier, source } = analytic
    ? mergeClassifier(spec, [], statistics)
    : { classifier: classifierInUse(spec, chain), source: trainedSource(spec, chain) }
  const cut = [...chain.cut, ...(analytic ? statistics.map(({ id }) => id) : [])].sort()
  const parts = {
    cut: cutDigest(context.charter, cut),
    adapter: adapterDigest(spec, adapter),
    classifier: classifierDigest(spec.classes, classifier),
  }
  const digests = { ...parts, merge: mergeDigest(spec, chain.round, parts) }
  return { adapterSpec, adapter, classifier, classifierSource: source, generation: chain.round, cut, equivocating: [], digests } // prettier-ignore
}

function adapterInUse(
  spec: MergeSpec,
  { agenda, ended, state }: StagedChain,
  open: ModelParts['open'],
): { readonly adapterSpec: AdapterSpec; readonly adapter: TensorMap } {
  const isUnderWay = agenda !== null && agenda.step > 0
  const tasks = ended.map((task) => finishedTask(task, open))
  if (isUnderWay) tasks.push({ id: nameOf(agenda.task), adapter: state.adapter, grams: [] })
  if (tasks.length === 0) return { adapterSpec: stagedAdapter(spec), adapter: state.adapter }
  if (tasks.length === 1) return { adapterSpec: stagedAdapter(spec), adapter: tasks[0]!.adapter }
  const isMeasured = tasks.every(({ grams }) => grams.length > 0)
  return mergeFinishedTasks(spec, isMeasured ? stagedOf(spec).grams.A : 'mean', tasks)
}

/** Rows of every task as its rounds left them; a class of several tasks has the row of the last one that has touched it. */
function classifierInUse(spec: MergeSpec, { agenda, state, ended }: StagedChain): Classifier {
  const { weight, bias } = emptyClassifier(spec)
  const under = agenda === null ? [] : [{ task: agenda.task, classifier: state.classifier }]
  for (const { task, classifier } of [...ended, ...under]) {
    for (const [own, row] of rowsOfTask(spec, task).entries()) {
      const rowData = classifier.weight.data.subarray(own * spec.features, (own + 1) * spec.features)
      if (rowData.every((value) => value === 0) && classifier.bias.data[own] === 0) continue
      weight.data.set(rowData, row * spec.features)
      bias.data[row] = classifier.bias.data[own]!
    }
  }
  return { weight, bias }
}

function finishedTask({ task, adapter, grams }: EndedTask, open: ModelParts['open']): FinishedTask {
  return { id: nameOf(task), adapter, grams: grams.map(open) }
}

/** Not an id of a task, and before all of them. */
const nameOf = (task: string | null): string => task ?? ''

function trainedSource({ classifier }: MergeSpec, { round }: StagedChain): MergeResult['classifierSource'] {
  if (round === 0) return { rule: 'start' }
  return { rule: classifier.rule === 'analytic' ? 'counts' : classifier.rule }
}
