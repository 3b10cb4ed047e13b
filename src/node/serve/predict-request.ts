import { z } from 'zod'
import type { Modality, PredictionInput } from '../../training/index.ts'
import { RequestError } from './serve-error.ts'
import { MAX_INPUTS } from './serve-limits.ts'

const inputs = <T extends z.ZodType>(one: T): z.ZodArray<T> => z.array(one).min(1).max(MAX_INPUTS)

/** The body of `POST /v1/predict`, which the OpenAPI description is made of. */
export const predictRequestSchema = z
  .strictObject({
    texts: inputs(z.string()).optional().describe('Where the backbone reads texts.'),
    images: inputs(z.base64()).optional().describe('Where the backbone reads images: files such as PNG or JPEG, in base64.'), // prettier-ignore
    top: z.int().min(1).max(10_000).default(3).describe('Classes of each answer.'),
    explain: z.boolean().default(false).describe('Of a site’s own model: how far its mixers trusted the others.'), // prettier-ignore
  })
  .describe('Either texts or images.')

export interface PredictRequest {
  readonly inputs: readonly PredictionInput[]
  readonly top: number
  readonly explain: boolean
}

/**
 * Reads the body of a request.
 *
 * @throws RequestError ERR_REQUEST - not JSON, or a field that is not as it should be; ERR_TOO_MANY_INPUTS; ERR_INPUT_KIND - not what the backbone reads
 */
export function parsePredictRequest(body: string, modality: Modality): PredictRequest {
  const parsed = predictRequestSchema.safeParse(parseBody(body))
  if (!parsed.success) throw refusalOf(parsed.error)
  const { texts, images, top, explain } = parsed.data
  if ((texts === undefined) === (images === undefined))
    throw new RequestError(400, 'ERR_REQUEST', 'expected texts or images, and one of them')
  if ((texts !== undefined) !== (modality === 'text')) {
    const problem = `the model reads ${modality}s: expected the field ${modality}s`
    throw new RequestError(400, 'ERR_INPUT_KIND', problem, { modality })
  }
  const found = texts?.map((text) => ({ text })) ?? images!.map((image) => ({ image: Buffer.from(image, 'base64') })) // prettier-ignore
  return { inputs: found, top, explain }
}

function parseBody(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (error) {
    throw new RequestError(400, 'ERR_REQUEST', `the body is not JSON (${(error as Error).message})`)
  }
}

/** Names the first thing that is wrong. */
function refusalOf({ issues }: z.ZodError): RequestError {
  const { path, message, code } = issues[0]!
  const field = path.length === 0 ? 'body' : path.map(String).join('.')
  const isList = path.length === 1 && (field === 'texts' || field === 'images')
  if (code === 'too_big' && isList) {
    const text = `${field}: at most ${MAX_INPUTS} inputs in one request; send several`
    return new RequestError(413, 'ERR_TOO_MANY_INPUTS', text, { most: MAX_INPUTS })
  }
  return new RequestError(400, 'ERR_REQUEST', `${field}: ${message}`, { field })
}
