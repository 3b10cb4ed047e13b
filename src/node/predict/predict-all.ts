import type { InputProblem, Modality, Prediction, PredictionInput } from '../../training/index.ts'
import type { Inputs, NamedInput } from './named-input.ts'
import type { PredictionEngine } from './prediction-engine.ts'

/** Inputs in one call of the trainer's process: some hundred decoded images take as much memory as some thousand texts of tokens. */
const CHUNK: Readonly<Record<Modality, number>> = { image: 128, text: 1024 }

/** Calls under way: one in the model, one that is being decoded. */
const AHEAD = 2

export interface PredictedInput<T extends NamedInput> {
  readonly input: T
  readonly prediction: Prediction
}

export interface PredictAllOptions {
  readonly explain?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** Has all inputs answered by the model of the engine, in their order, as many at a time as went into one call. */
export async function* predictAll<T extends NamedInput>(
  engine: Pick<PredictionEngine, 'predict'>,
  modality: Modality,
  inputs: Inputs<T>,
  options: PredictAllOptions = {},
): AsyncGenerator<readonly PredictedInput<T>[]> {
  const underWay: Promise<readonly PredictedInput<T>[]>[] = []
  try {
    for await (const chunk of chunksOf(inputs.all(options.signal), CHUNK[modality])) {
      const answers = predictChunk(engine, chunk, options)
      answers.catch(() => undefined) // told when its turn comes
      underWay.push(answers)
      if (underWay.length >= AHEAD) yield await underWay.shift()!
    }
    while (underWay.length > 0) yield await underWay.shift()!
  } finally {
    await Promise.allSettled(underWay) // where the loop was left, or one before has failed
  }
}

async function predictChunk<T extends NamedInput>(
  engine: Pick<PredictionEngine, 'predict'>,
  chunk: readonly T[],
  options: PredictAllOptions,
): Promise<readonly PredictedInput<T>[]> {
  const readable = chunk.flatMap(({ input }): PredictionInput[] => (isProblem(input) ? [] : [input]))
  const { predictions } = await engine.predict(readable, options)
  let next = 0
  return chunk.map((input) => {
    return { input, prediction: isProblem(input.input) ? input.input : predictions[next++]! }
  })
}

function isProblem(input: PredictionInput | InputProblem): input is InputProblem {
  return 'code' in input
}

async function* chunksOf<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let chunk: T[] = []
  for await (const item of items) {
    chunk.push(item)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}
