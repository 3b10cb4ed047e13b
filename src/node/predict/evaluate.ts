import {
  assertModality,
  openSource,
  type SampleSource,
  type SiteData,
  type SkippedSample,
  type Split,
} from '../../training/index.ts'
import { PeermergeError } from '../../errors.ts'
import { readConfig, type HomePaths, type SiteConfig } from '../home.ts'
import { siteDataOf } from '../site-data.ts'
import type { FoundModel, ModelName } from './find-model.ts'
import type { NamedInput } from './named-input.ts'
import { predictAll, type PredictedInput } from './predict-all.ts'
import { chosenModel, openEngine, type PredictInit } from './predict.ts'
import { modalityOf } from './prediction-engine.ts'
import { AnswerTally, type AnswerScores } from './score-answers.ts'

export interface EvaluateInit extends Pick<PredictInit, 'model' | 'progress' | 'signal'> {
  /** A folder of class folders or a table, all of which is evaluated on. @default what the site holds out of its own data */
  readonly data?: string | undefined
  /** Of tables. @default the settings' */
  readonly columns?: Partial<NonNullable<SiteData['columns']>> | undefined
  /** @param total - how many samples there are, as far as that is known */
  readonly onAnswers?: ((answers: number, total: number | undefined) => void) | undefined
}

export interface Evaluation extends AnswerScores {
  readonly model: ModelName
  readonly data: { readonly path: string; readonly part: 'all' | 'held out' }
  /** Samples that could not be read, and do not count; at most a hundred of them. */
  readonly skipped: readonly SkippedSample[]
  /** Samples that do not count, as their class is none of the model's, or one that nobody has trained yet. */
  readonly leftOut: readonly { readonly label: string; readonly count: number }[]
}

const MOST_SKIPPED = 100

interface LabelledInput extends NamedInput {
  /** Row of its class. */
  readonly label: number
}

/**
 * How a model of a home does on samples whose classes are known. A node may be running there.
 *
 * @throws what finding the model and the backbone throw; DatasetError; PeermergeError ERR_NOTHING_HELD_OUT
 */
export async function evaluateModel(paths: HomePaths, init: EvaluateInit): Promise<Evaluation> {
  const { signal } = init
  const config = await readConfig(paths)
  const model = await chosenModel(paths, init.model)
  const data = dataOf(config, model, init)
  assertModality(data, modalityOf(model))
  const source = await openSource(data, signal)
  const part = init.data === undefined ? 'held out' : 'all'
  const samples = new LabelledSamples(source, part === 'all' ? undefined : 'heldOut', model)
  const tally = new AnswerTally(model)
  const skipped = [...source.skipped]
  await using engine = await openEngine(config, model, init)
  for await (const chunk of predictAll(engine, modalityOf(model), samples, { signal })) {
    skipped.push(...count(chunk, tally))
    init.onAnswers?.(chunk.length, samples.total)
  }
  const scores = tally.scores()
  if (scores.count === 0) throw nothingToEvaluate(data, part, skipped)
  return {
    model: model.name,
    data: { path: data.heldOutPath ?? data.path, part },
    ...scores,
    skipped: skipped.slice(0, MOST_SKIPPED),
    leftOut: [...samples.leftOut, ...source.unknown],
  }
}

/** Of the site's own an earlier model may not know all classes yet. Of other data everything counts, whatever split it is dealt to. */
function dataOf(config: SiteConfig, model: FoundModel, { data, columns: said }: EvaluateInit): SiteData {
  const own = siteDataOf(model, { ...config, data: config.data ?? data })
  const { text = 'text', label = 'label' } = { ...own.columns, ...said }
  const columns = said === undefined && own.columns === undefined ? {} : { columns: { text, label } }
  if (data === undefined) return { ...own, ...columns, unknownLabels: 'leave-out' }
  const { classes, trainFraction, splitSeed, unknownLabels } = own
  return { path: data, classes, trainFraction, splitSeed, unknownLabels, ...columns }
}

/** Samples of a split, or all, of the classes that can be an answer. */
class LabelledSamples {
  readonly total: number | undefined
  readonly #source: SampleSource
  readonly #split: Split | undefined
  readonly #model: FoundModel
  readonly #left = new Map<string, number>()

  constructor(source: SampleSource, split: Split | undefined, model: FoundModel) {
    this.total = split === undefined ? source.total : undefined
    this.#source = source
    this.#split = split
    this.#model = model
  }

  /** Complete once all have been read. */
  get leftOut(): Evaluation['leftOut'] {
    return [...this.#left].map(([label, samples]) => ({ label, count: samples }))
  }

  async *all(signal?: AbortSignal): AsyncGenerator<LabelledInput> {
    const { rows, classes } = this.#model
    const competing = new Set(rows)
    const isText = modalityOf(this.#model) === 'text'
    for await (const { source, label, split, where } of this.#source.samples(signal)) {
      if (this.#split !== undefined && split !== this.#split) continue
      if (competing.has(label))
        yield { name: where, label, input: isText ? { text: source } : { file: source } } // prettier-ignore
      else this.#left.set(classes[label]!, (this.#left.get(classes[label]!) ?? 0) + 1)
    }
  }
}

/** Counts what was answered; returns the others. */
function count(chunk: readonly PredictedInput<LabelledInput>[], tally: AnswerTally): SkippedSample[] {
  return chunk.flatMap(({ input: { name, label }, prediction }) => {
    if ('code' in prediction) return [{ where: name, reason: prediction.reason }]
    tally.add(label, prediction.probabilities)
    return []
  })
}

function nothingToEvaluate(
  { path }: SiteData,
  part: Evaluation['data']['part'],
  [first]: readonly SkippedSample[],
): PeermergeError {
  const why = first === undefined ? '' : `; ${first.where}: ${first.reason}`
  const held = 'no sample that can be used is held out; set trainFraction below 1, or heldOut, or give --data'
  const text = part === 'all' ? 'no sample that can be used' : held
  return new PeermergeError('ERR_NOTHING_HELD_OUT', `${path}: ${text}${why}`, { path })
}
