import type { TensorMap } from '../../merge/index.ts'
import type { SampleFormat, SampleSet } from '../data/samples.ts'
import type { Objective } from '../loop/objective.ts'
import { checkTrainOptions } from '../loop/train-options.ts'
import { trainingLoop } from '../loop/training-loop.ts'
import type { CompiledGraphs } from '../model/compiled-graphs.ts'
import type { Clock } from '../progress.ts'
import type { EpochReport, TrainOptions, TrainProgress } from '../types.ts'
import { languageTrainingGraph } from './language-graphs.ts'
import type { AdaptedLanguageModel } from './language-graphs.ts'

export interface LanguageFit {
  readonly adapted: AdaptedLanguageModel
  readonly graphs: CompiledGraphs
  readonly texts: SampleSet
  /** Puts records of token ids into batches. */
  readonly format: SampleFormat
  /** The adapter to start from, or null for one that adds nothing. */
  readonly from: TensorMap | null
  readonly options: Omit<
    TrainOptions,
    'sites' | 'classes' | 'earlyStopping' | 'augment' | 'heads' | 'factors' | 'grams'
  >
  readonly now: Clock
  readonly signal?: AbortSignal | undefined
}

export interface FittedLanguageModel {
  /** Under its wire names, as a contribution carries it. */
  readonly adapter: TensorMap
  readonly losses: readonly number[]
  readonly epochs: readonly EpochReport[]
}

/**
 * Trains the adapter of a language model to predict the next token of a site's texts, with the loop that trains classifiers: the same
 * schedules, clipping and order for a seed.
 *
 * @throws PeermergeError ERR_TRAIN_OPTIONS - an option is out of its range
 * @throws DivergedError - the loss, a slope, or a parameter after the last step is not finite
 */
export async function* fitLanguageModel(
  fit: LanguageFit,
): AsyncGenerator<TrainProgress, FittedLanguageModel> {
  const { adapted, graphs, now, signal } = fit
  const values = new Map(adapted.adapter.start(fit.from))
  const { losses, epochs } = yield* trainingLoop({
    objective: languageObjective(fit, [...values.keys()]),
    graphs,
    values,
    options: checkTrainOptions(fit.options, { classes: 0 }),
    now,
    signal,
    ranges: [...values].map(([parameter, { length }]) => ({ parameter, from: 0, to: length })),
    stateOf: () => null,
  })
  return { adapter: adapted.adapter.wire(values), losses, epochs }
}

function languageObjective({ adapted, texts, format }: LanguageFit, moved: readonly string[]): Objective {
  return {
    samples: texts,
    format: format.fitted?.([texts.sizes]) ?? format,
    key: 'language',
    moved,
    graph: (shape) => languageTrainingGraph(adapted, shape),
    constants: {},
  }
}
