import type { SiteConfig } from '../home.ts'
import { readConfig, type HomePaths } from '../home.ts'
import { PeermergeError } from '../../errors.ts'
import { answerOf, type Answer } from './answer.ts'
import { defaultModel } from './default-model.ts'
import { findModel, type FoundModel } from './find-model.ts'
import { parseModelChoice } from './model-choice.ts'
import { openInputs } from './open-inputs.ts'
import { predictAll } from './predict-all.ts'
import { modalityOf, PredictionEngine } from './prediction-engine.ts'

export interface PredictInit {
  /** As a person writes it. @default what the site answers by */
  readonly model?: string | undefined
  /** Files, folders, - for standard input. @default standard input */
  readonly inputs: readonly string[]
  /** So many classes of each answer. */
  readonly top: number
  /** Tell of a site's own model how far its mixers trusted the others. */
  readonly explain?: boolean | undefined
  /** Of tables. @default the settings', or text */
  readonly textColumn?: string | undefined
  readonly stdin: NodeJS.ReadStream
  /** Where a backbone that has to be fetched says how far it is. @default nowhere */
  readonly progress?: NodeJS.WriteStream | undefined
  readonly signal: AbortSignal
}

export interface NamedAnswer {
  readonly input: string
  readonly answer: Answer
}

/** Told in this order: the model, answers as they come, their number. */
export interface PredictionListener {
  onModel(model: FoundModel): void
  /** @param total - how many inputs there are, as far as that is known */
  onAnswers(answers: readonly NamedAnswer[], total: number | undefined): void
}

export interface PredictionCount {
  readonly answered: number
  readonly failed: number
}

/**
 * Answers on inputs by a model of the home, in which a node may be running meanwhile. What is wrong with an input is its answer.
 *
 * @throws what finding the model, the backbone and the inputs throw; PeermergeError ERR_NO_INPUTS, ERR_NOT_PERSONAL
 */
export async function predictInputs(
  paths: HomePaths,
  init: PredictInit,
  listener: PredictionListener,
): Promise<PredictionCount> {
  const { signal, top } = init
  const config = await readConfig(paths)
  const model = await chosenModel(paths, init.model)
  if (init.explain === true) assertMixture(model)
  const textColumn = init.textColumn ?? config.columns?.text
  const inputs = await openInputs(init.inputs, modalityOf(model), { ...init, textColumn })
  listener.onModel(model)
  await using engine = await openEngine(config, model, init)
  const count = { answered: 0, failed: 0 }
  for await (const chunk of predictAll(engine, modalityOf(model), inputs, {
    explain: init.explain,
    signal,
  })) {
    const answers = chunk.map(({ input: { name }, prediction }) => {
      return { input: name, answer: answerOf(prediction, name, model, top) }
    })
    for (const { answer } of answers) count['error' in answer ? 'failed' : 'answered'] += 1
    listener.onAnswers(answers, inputs.total)
  }
  if (count.answered + count.failed > 0) return count
  throw new PeermergeError(
    'ERR_NO_INPUTS',
    'nothing to answer: standard input or the tables named hold no line',
  )
}

/** The model that was named, or the one that the site answers by. @throws as `findModel` */
export async function chosenModel(paths: HomePaths, named: string | undefined): Promise<FoundModel> {
  return await findModel(paths, named === undefined ? await defaultModel(paths) : parseModelChoice(named))
}

/** A process in which this model answers. @throws as `PredictionEngine.use` */
export async function openEngine(
  config: SiteConfig,
  model: FoundModel,
  { signal, progress }: Pick<PredictInit, 'signal' | 'progress'>,
): Promise<PredictionEngine> {
  const engine = new PredictionEngine(config)
  try {
    await engine.use(model, { signal, progress })
    return engine
  } catch (error) {
    await engine.close()
    throw error
  }
}

/** @throws PeermergeError ERR_NOT_PERSONAL */
function assertMixture({ name: { kind, digest }, model }: FoundModel): void {
  if (model.adapterSpec?.kind === 'mixture') return
  const text = `--explain tells how far a site’s own model trusts the others, and ${kind} ${digest.slice(0, 12)} has no mixers; give --model personal`
  throw new PeermergeError('ERR_NOT_PERSONAL', text, { kind, digest })
}
