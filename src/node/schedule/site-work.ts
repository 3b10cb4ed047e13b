import { rowsOfTask, type Classifier, type MergeSpec, type Tensor } from '../../merge/index.ts'
import {
  gramsOnWire,
  type MeasureResult,
  type ModelState,
  type StatisticsResult,
  type TrainResult,
} from '../../training/index.ts'
import type { ContributionDraft } from '../assemble-contribution.ts'
import type { FittedSite } from '../fit-site.ts'
import type { NewestMerge } from '../merge-source.ts'
import type { NodeStore } from '../types.ts'
import type { Decision } from './schedule.ts'

/** What training yields, as an `adapter` contribution: of the adapter what was trained, of the classifier the rows of the task. */
export function adapterDraft(
  spec: MergeSpec,
  { task, generation, base }: Pick<Extract<Decision, { kind: 'train' }>, 'task' | 'generation' | 'base'>,
  { state, trained, grams, count, classCounts }: TrainResult,
): ContributionDraft {
  const tensors = new Map<string, Tensor>(grams)
  for (const name of trained) tensors.set(name, state.adapter.get(name)!)
  const rows = rowsOfTask(spec, task)
  const { weight, bias } = rowsOfClassifier(state.classifier, rows)
  tensors.set('classifier/weight', weight)
  tensors.set('classifier/bias', bias)
  const counts = rows.map((row) => classCounts[row]!)
  return { kind: 'adapter', generation, task, base, anchor: null, count, classCounts: counts, tensors }
}

/** What measuring yields, as a `statistics` contribution. */
export function statisticsDraft(
  spec: MergeSpec,
  { task, anchor }: Pick<Extract<Decision, { kind: 'measure' }>, 'task' | 'anchor'>,
  newest: NewestMerge | undefined,
  { gram, cross, count, classCounts }: MeasureResult,
): ContributionDraft {
  const rows = rowsOfTask(spec, task)
  const tensors = new Map([
    ['classifier/gram', gram],
    ['classifier/cross', columnsOf(cross, rows)],
  ])
  const generation = Math.max(1, newest?.summary.generation ?? 0)
  const base = anchor === null ? null : (newest?.summary.digest ?? null)
  const counts = rows.map((row) => classCounts[row]!)
  return { kind: 'statistics', generation, task, base, anchor, count, classCounts: counts, tensors }
}

/** Grams alone, at the end of a task, of all samples of its classes. */
export function gramsDraft(
  spec: MergeSpec,
  { task, generation, base }: Pick<Extract<Decision, { kind: 'train' }>, 'task' | 'generation' | 'base'>,
  rows: readonly number[],
  { grams, count, classCounts }: StatisticsResult,
): ContributionDraft {
  const tensors = gramsOnWire(grams, spec.modules)
  const counts = rows.map((row) => classCounts[row]!)
  return { kind: 'grams', generation, task, base, anchor: null, count, classCounts: counts, tensors }
}

/** The output layer of a task in the rows of the whole model; zeros in the others. */
export function inModelRows(spec: MergeSpec, task: string | null, { weight, bias }: Classifier): Classifier {
  const [all, width] = [spec.classes.length, spec.features]
  const rows = { weight: new Float32Array(all * width), bias: new Float32Array(all) }
  for (const [own, row] of rowsOfTask(spec, task).entries()) {
    rows.weight.set(weight.data.subarray(own * width, (own + 1) * width), row * width)
    rows.bias[row] = bias.data[own]!
  }
  return { weight: { shape: [all, width], data: rows.weight }, bias: { shape: [all], data: rows.bias } }
}

/** Some rows of an output layer, in this order. */
function rowsOfClassifier({ weight, bias }: Classifier, rows: readonly number[]): Classifier {
  const width = weight.shape[1]!
  const data = new Float32Array(rows.length * width)
  rows.forEach((row, i) => data.set(weight.data.subarray(row * width, (row + 1) * width), i * width))
  return {
    weight: { shape: [rows.length, width], data },
    bias: { shape: [rows.length], data: Float32Array.from(rows, (row) => bias.data[row]!) },
  }
}

function columnsOf({ shape, data }: Tensor, columns: readonly number[]): Tensor {
  const [rows, width] = shape as [number, number]
  const result = new Float32Array(rows * columns.length)
  for (let i = 0; i < rows; i++) {
    columns.forEach((column, j) => (result[i * columns.length + j] = data[i * width + column]!))
  }
  return { shape: [rows, columns.length], data: result }
}

/** Everything random in a site's next training: another one for each contribution, and the same when it is begun again. */
export function trainingSeed(
  { charterDigest, identity: { peer } }: Pick<FittedSite, 'charterDigest' | 'identity'>,
  store: Pick<NodeStore, 'nextSequence'>,
): string {
  return `${charterDigest} ${peer} ${store.nextSequence(peer)}`
}

/** The state that training starts from: null is the charter's start. */
export function trainingState(newest: Pick<NewestMerge, 'result'> | undefined): ModelState | null {
  if (newest === undefined) return null
  const { adapter, classifier } = newest.result
  return { adapter, classifier }
}
