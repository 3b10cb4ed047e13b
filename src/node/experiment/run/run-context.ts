import { mergeContributions } from '../../../merge/index.ts'
import type { AdapterSpec, MergeSpec } from '../../../merge/index.ts'
import type { ModelState } from '../../../training/index.ts'
import type { PreparedData } from '../data/prepared-data.ts'
import type { MethodAdapter } from '../methods/method.ts'
import type { ExperimentSpec } from '../spec-schema.ts'
import type { Task } from '../tasks.ts'
import type { RunKey } from '../types.ts'
import type { Bench } from './bench.ts'
import type { CostMeter } from './cost-meter.ts'
import { CONTEXT } from './ground.ts'
import type { MergeGround } from './merge-spec.ts'

/** All that a run works with. */
export interface RunContext {
  readonly key: RunKey
  readonly spec: ExperimentSpec
  readonly data: PreparedData
  readonly ground: MergeGround
  readonly bench: Bench
  readonly meter: CostMeter
  readonly tasks: readonly Task[]
  /** Classes of the tasks by which accuracy is reported: those of `tasks`, also where all are trained on at once. */
  readonly reported: readonly (readonly number[])[]
  /** Classifiers start at a small multiple of the site's own discriminant, not at zeros. @default false */
  readonly startsClassifiers?: boolean
  /** Held-out samples of every class, by index. */
  readonly heldOut: readonly (readonly number[])[]
  /** Held-out samples like each site's own, where the data say: those of its domain. */
  readonly home?: readonly (readonly number[])[] | undefined
  /** Score the last state alone, not every round and task. */
  readonly scoresEnd: boolean
  /** Whether the frozen backbone has the lifted head, too. */
  readonly lifts: boolean
}

/**
 * The adapter that the trainer is opened with, one for all seeds: LoRA takes both factors from the state that training starts from. Bases
 * of Ravan are part of the model; drawing them anew would cost a pass over all data for each seed.
 */
export function benchAdapter({ lora, ravan }: ExperimentSpec, adapter: MethodAdapter): AdapterSpec {
  if (adapter === 'ravan') return { kind: 'ravan', ...ravan, seed: 'experiment' }
  return { kind: 'lora', ...lora, trains: 'AB', seed: 'experiment' }
}

/** The adapter of the merge: of LoRA A starts at, or is frozen at, what the run's seed draws. */
export function runAdapter(context: RunContext, adapter: MethodAdapter): AdapterSpec {
  const opened = benchAdapter(context.spec, adapter)
  if (opened.kind === 'ravan') return opened
  return { ...opened, trains: adapter === 'lora-b' ? 'B' : 'AB', seed: `experiment/${context.key.seed}` }
}

/** What a spec starts from: an adapter that adds nothing, a classifier of zeros. */
export function startState(spec: MergeSpec): ModelState {
  const { adapter, classifier } = mergeContributions(spec, CONTEXT, [])
  return { adapter, classifier }
}
