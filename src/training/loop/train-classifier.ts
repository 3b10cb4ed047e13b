import { countClasses } from '../data/samples.ts'
import type { SampleSet } from '../data/samples.ts'
import { PeermergeError } from '../../errors.ts'
import { createRandom } from '../../merge/index.ts'
import { allParts, chooseParts } from '../adapters/part-choice.ts'
import type { PartChoice } from '../adapters/part-choice.ts'
import { stayingNames, trainedNames, trainedRanges } from '../adapters/trained-views.ts'
import { batches, batchSizeFor } from '../data/batches.ts'
import type { Graphs } from '../model/compiled-graphs.ts'
import { CLASS_OFFSETS, trainingGraph } from '../model/model-graph.ts'
import type { Model } from '../model/model-graph.ts'
import { stateOf, valuesOf } from '../model/model-state.ts'
import { scoreSamples } from '../passes/score-samples.ts'
import { fromPrefix } from '../model/frozen-prefix.ts'
import type { KeptPrefix } from '../model/frozen-prefix.ts'
import type { Clock } from '../progress.ts'
import type { ModelState, TrainProgress, TrainWork } from '../types.ts'
import { addPriors, classOffsets, onlyRowsOf } from './active-classes.ts'
import type { Values } from './checkpoint.ts'
import { alternatingEntries } from './alternating-entries.ts'
import { slopesOf } from './objective.ts'
import type { Objective } from './objective.ts'
import { runDigest } from './run-digest.ts'
import type { CheckedOptions } from './train-options.ts'
import { startClassifier } from './start-classifier.ts'
import { trainingLoop } from './training-loop.ts'
import type { LoopResult } from './training-loop.ts'

export interface ClassifierTraining {
  readonly model: Model
  readonly graphs: Graphs
  /** What is trained on. */
  readonly train: SampleSet
  /** The same samples with what the frozen part of the backbone makes of them, where that is kept. */
  readonly kept?: KeptPrefix | undefined
  /** What early stopping scores: of the same sites and classes. */
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
}

/**
 * Trains adapter and classifier on the mean cross entropy of a site's samples.
 *
 * @throws PeermergeError ERR_TRAIN_OPTIONS - early stopping without held-out samples, or a budget of heads that the adapter has not
 * @throws DivergedError - the loss, a slope, or a parameter after the last step is not finite
 */
export async function* trainClassifier(
  training: ClassifierTraining,
  { signal, checkpoint }: TrainWork,
): AsyncGenerator<TrainProgress, TrainedClassifier> {
  const { model, graphs, from, options, now } = training
  const { samples } = training.kept ?? { samples: training.train }
  const values = valuesOf(model, from)
  const { adapters } = model.adapter
  const staying = stayingNames(adapters, options.factors)
  const moves = (name: string): boolean => !staying.has(name)
  const objective = classification(training, [...values.keys()].filter(moves))
  const choice = await choiceOf(training, objective, values, options)
  const ranges = trainedRanges(adapters, choice, values).filter(({ parameter }) => moves(parameter))
  const run = runDigest(training.setting, values, samples, options)
  if (options.classifierStart === 'discriminant')
    await startClassifier({ model, graphs, samples: training.train, kept: training.kept, values, signal })
  const result = yield* trainingLoop({
    objective,
    graphs,
    values,
    options,
    now,
    signal,
    ranges: onlyRowsOf(ranges, values, options.classes),
    passes: options.personal && alternatingEntries(adapters, values, options.personal),
    stateOf: (current) => stateOf(model, current),
    ...heldOutScore(training, options, values, signal),
    checkpoint: checkpoint && { ...checkpoint, run },
  })
  const state = stateOf(model, values)
  const trained = trainedNames(adapters, choice, state.adapter).filter(moves)
  return { ...result, state, trained, choice }
}

function classification(
  { model, kept, train, options: { classes, factors, priorShift, mixture } }: ClassifierTraining,
  moved: readonly string[],
): Objective {
  const offsets = classOffsets(classes, model.classes)
  if (priorShift === true) addPriors(offsets, countClasses(train.labels, model.classes))
  return {
    samples: kept?.samples ?? train,
    format: kept?.format ?? model.format,
    key: `${kept === undefined ? 'train' : 'train-kept'} ${factors ?? 'all'}`,
    moved,
    graph: (shape) => {
      if (mixture === undefined && kept !== undefined) return kept.cut(shape).rest
      const whole = trainingGraph(model, shape)
      return kept === undefined ? whole : fromPrefix(kept.cut(shape), whole) // the cut is of the adapter alone
    },
    constants: { [CLASS_OFFSETS]: offsets },
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
  const size = batchSizeFor(objective.samples.labels.length, batchSize)
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
  if (heldOut.labels.length === 0) {
    const text = 'training option earlyStopping: no sample of the trained classes is held out to score'
    throw new PeermergeError('ERR_TRAIN_OPTIONS', text, { option: 'earlyStopping' })
  }
  return { score: () => scoreSamples({ model, graphs, samples: heldOut, values, signal }, classes) }
}
