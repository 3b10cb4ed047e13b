import type { InputProblem, PredictionInput } from '../types.ts'
import type { Modality, SampleFormat, SampleSet } from './samples.ts'
import { MAX_ROW_BYTES, TOO_LONG } from './table/table.ts'

/** Inputs as samples without labels, and what is wrong with those that are none. */
export interface EncodedInputs {
  readonly samples: SampleSet
  /** Which of the inputs each sample is. (samples) */
  readonly places: readonly number[]
  /** By place. */
  readonly problems: ReadonlyMap<number, InputProblem>
}

/** Encodes inputs of one call, all at once: the decoder's own threads share them out. */
export async function encodeInputs(
  inputs: readonly PredictionInput[],
  format: SampleFormat,
  modality: Modality,
): Promise<EncodedInputs> {
  const found = await Promise.all(inputs.map((input) => encodeOne(input, format, modality)))
  const places: number[] = []
  const records: Uint8Array[] = []
  const problems = new Map<number, InputProblem>()
  for (const [place, one] of found.entries()) {
    if (one instanceof Uint8Array) {
      places.push(place)
      records.push(one)
    } else problems.set(place, one)
  }
  const sizes = Int32Array.from(records, ({ length }) => length)
  const samples = { labels: new Int32Array(records.length), sizes, read: (index: number) => records[index]! }
  return { samples, places, problems }
}

async function encodeOne(
  input: PredictionInput,
  format: SampleFormat,
  modality: Modality,
): Promise<Uint8Array | InputProblem> {
  if ('text' in input !== (modality === 'text')) return { code: 'ERR_INPUT_KIND', reason: `the backbone reads ${modality}s` } // prettier-ignore
  if ('text' in input) return textProblem(input.text) ?? format.encode(input.text)
  try {
    return await ('file' in input ? format.encode(input.file) : format.encodeBytes!(input.image))
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException
    const isUnread = code !== undefined && /^E[A-Z]+$/.test(code) // of the system, not of the decoder
    if (isUnread) return { code: 'ERR_INPUT_MISSING', reason: `cannot be read (${message})` }
    return { code: 'ERR_INPUT_IMAGE', reason: `cannot be decoded as an image (${message})` }
  }
}

/** What keeps a text from being a sample, in training as well. */
export function textProblem(text: string): InputProblem | undefined {
  if (text.trim() === '') return { code: 'ERR_INPUT_EMPTY', reason: 'is empty' }
  if (text.length > MAX_ROW_BYTES) return { code: 'ERR_INPUT_TEXT', reason: `is ${TOO_LONG}` }
  return undefined
}
