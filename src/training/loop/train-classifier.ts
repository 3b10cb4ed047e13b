import { countClasses } from '../data/samples.ts'
import type { SampleSet } from '../data/samples.ts'
import { PeermergeError } from '../../errors.ts'
import { createRandom } from '../../merge/index.ts'
import { allParts, chooseParts } from '../adapters/part-choice.ts'
import type { ParameterRange } from '../adapters/adapter.ts'
import type { PartChoice } from '../adapters/part-choice.ts'
import { trainedNames, trainedRanges } from '../adapters/trained-views.ts'
import { batches } from '../data/batches.ts'
import type { CompiledGraphs } from '../model/compiled-graphs.ts'
import { CLASS_OFFSETS, trainingGraph } from '../model/model-graph.ts'
import type { Model } from '../model/model-graph.ts'
import { stateOf, valuesOf } from '../model/model-state.ts'
import { scoreSamples } from '../passes/score-samples.ts'
import type { KeptPrefix } from '../passes/kept-prefix.ts'
import type { Clock } from '../progress.ts'
import type { ModelState, TrainProgress, TrainWork } from '../types.ts'
import { addPriors, classOffsets, onlyRowsOf, samplesOf } from './active-classes.ts'
import type { Values } from './checkpoint.ts'
import { slopesOf } from './objective.ts'
import type { Objective } from './objective.ts'
import { runDigest } from './run-digest.ts'
import type { CheckedOptions } from './train-options.ts'
import { trainingLoop } from './training-loop.ts'
import type { LoopResult } from './training-loop.ts'

export interface ClassifierTraining {
  readonly model: Model
  readonly graphs: CompiledGraphs
  readonly train: SampleSet
  /** The training samples with what the frozen part of the backbone makes of them, where that is kept. */
  readonly kept?: KeptPrefix | undefined
  readonly heldOut: SampleSet
  readonly from: ModelState | null
  readonly options: CheckedOptions
  /** Names model and data among runs that could be continued. */
  readonly setting: string
  readonly now: Clock
}

export interface TrainedClassifier extends LoopResult {
  readonly state: ModelState
  /** Wire names of the adapter's tensors that were trained. */
  readonly trained: readonly string[]
  /** Parts of each module's adapter that were trained. */
  readonly choice: PartChoice
  /** What was trained on: all training samples, or those of the chosen classes. */
  readonly samples: SampleSet
}

/**
 * Trains adapter and classifier on the mean cross entropy of a site's samples.
 *
 * @throws PeermergeError ERR_TRAIN_OPTIONS - early stopping without held-out samples, or a budget of heads that the adapter has not
 * @throws DatasetError ERR_NO_SAMPLES - none of the chosen classes
 * @throws DivergedError - the loss, a slope, or a parameter after the last step is not finite
 */
export async function* trainClassifier(
  training: ClassifierTraining,
  { signal, checkpoint }: TrainWork,
): AsyncGenerator<TrainProgress, TrainedClassifier> {
  const { model, graphs, from, options, now } = training
  const samples = samplesOf(training.kept?.samples ?? training.train, options.classes)
  const values = valuesOf(model, from)
  const objective = classification(training, samples, options)
  const choice = await choiceOf(training, objective, values, options)
  const { adapters } = model.adapter
  const result = yield* trainingLoop({
    objective,
    graphs,
    values,
    options,
    now,
    signal,
    ranges: onlyRowsOf(rangesOf(trainedRanges(adapters, choice, values), options), values, options.classes),
    stateOf: (current) => stateOf(model, current),
    ...heldOutScore(training, options, values, signal),
    checkpoint: checkpoint && { ...checkpoint, run: runDigest(training.setting, values, samples, options) },
  })
  const state = stateOf(model, values)
  const trained = trainedNames(adapters, choice, state.adapter).filter((name) => isTrained(name, options))
  return { ...result, state, trained, choice, samples: samplesOf(training.train, options.classes) }
}

/** Without those of the factor that stays. */
function rangesOf(ranges: readonly ParameterRange[], { factors }: CheckedOptions): readonly ParameterRange[] {
  return ranges.filter(({ parameter }) => isTrained(parameter, { factors }))
}

function isTrained(name: string, { factors }: Pick<CheckedOptions, 'factors'>): boolean {
  return factors === undefined || !name.endsWith(factors === 'A' ? '/lora_B' : '/lora_A')
}

function classification(
  { model, kept }: ClassifierTraining,
  samples: SampleSet,
  { classes, priorShift }: CheckedOptions,
): Objective {
  const offsets = classOffsets(classes, model.classes)
  return {
    samples,
    format: kept?.format ?? model.format,
    key: kept === undefined ? 'train' : 'train-kept',
    graph: kept?.graph ?? ((shape) => trainingGraph(model, shape)),
    constants: {
      [CLASS_OFFSETS]:
        priorShift === true ? addPriors(offsets, countClasses(samples.labels, model.classes)) : offsets,
    },
  }
}

/** The adapter heads that a site's budget lets it train; scored by gradient they need the slopes of one batch. */
async function choiceOf(
  { model, graphs }: ClassifierTraining,
  objective: Objective,
  values: Values,
  { heads, seed, batchSize }: CheckedOptions,
): Promise<PartChoice> {
  const { adapters } = model.adapter
  if (heads === undefined) return allParts(adapters)
  const size = Math.min(batchSize, objective.samples.labels.length)
  const firstSlopes = async (): Promise<Values> => {
    const shuffle = createRandom(`${seed}/shuffle/0`)
    for (const batch of batches(objective.samples, objective.format, { size, shuffle }))
      return (await slopesOf(objective, graphs, batch, values)).gradients
    return values // there is a sample, so there is a batch
  }
  return chooseParts(adapters, heads, seed, values, firstSlopes)
}

function heldOutScore(
  { model, graphs, heldOut }: ClassifierTraining,
  { earlyStopping, classes }: CheckedOptions,
  values: ReadonlyMap<string, Float32Array>,
  signal: AbortSignal | undefined,
): { score?: () => ReturnType<typeof scoreSamples> } {
  if (earlyStopping === undefined) return {}
  const of = [...heldOut.labels].filter((label) => classes?.includes(label) ?? true)
  if (of.length === 0) {
    const text = 'training option earlyStopping: no sample of the trained classes is held out to score'
    throw new PeermergeError('ERR_TRAIN_OPTIONS', text, { option: 'earlyStopping' })
  }
  const samples = samplesOf(heldOut, classes)
  return { score: () => scoreSamples({ model, graphs, samples, values, signal }, classes) }
}
