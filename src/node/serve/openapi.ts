import { z } from 'zod'
import { VERSION } from '../../version.ts'
import { predictRequestSchema } from './predict-request.ts'

const share = z.object({ label: z.string(), probability: z.number().min(0).max(1) })
const error = z.object({ code: z.string(), message: z.string() })
const model = z.object({
  kind: z.enum(['merged', 'personal', 'file']),
  digest: z.string().describe('Of the merge, or sha2-256 of the file.'),
})
const answer = share.extend({
  top: z.array(share).describe('The most likely classes, the first of which is the label.'),
  trust: z.number().optional().describe('Share of the others, 0 to 1, where it was asked for.'),
})
const answers = z.object({
  model: model.describe('What gave all answers of this request.'),
  answers: z.array(z.union([answer, z.object({ error })])).describe('In the order of the inputs; one that cannot be answered says why.'), // prettier-ignore
})
const counts = z.object({ requests: z.int(), inputs: z.int(), passes: z.int() })
const ready = z.object({
  ready: z.boolean(),
  model: model.nullable(),
  problem: error.nullable().describe('Why a newer model has not been taken up.'),
  answered: counts.describe('Since the start.'),
})

const schemaOf = (schema: z.ZodType): object => z.toJSONSchema(schema, { io: 'input' })
const json = (description: string, schema: z.ZodType): object => {
  return { description, content: { 'application/json': { schema: schemaOf(schema) } } }
}
const refused = (description: string): object => json(description, z.object({ error }))

/** The HTTP interface as OpenAPI 3.1, made of the schemas that requests are checked by. */
export function openApi(url: string): object {
  return {
    openapi: '3.1.0',
    info: { title: 'peermerge serve', version: VERSION, description: 'Answers of a site’s model.' },
    servers: [{ url }],
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    paths: {
      '/v1/predict': {
        post: {
          summary: 'Labels with probabilities for texts or images.',
          security: [{ token: [] }],
          requestBody: { required: true, ...json('Texts or images.', predictRequestSchema) },
          responses: {
            200: json('An answer for each input.', answers),
            400: refused('ERR_REQUEST: not JSON, or a field that is not as it should be; ERR_INPUT_KIND: not what the model reads; ERR_NOT_PERSONAL: explain of a model without mixers.'), // prettier-ignore
            401: refused('ERR_UNAUTHENTICATED: without the bearer token, or with another one.'),
            413: refused('ERR_TOO_LARGE, ERR_TOO_MANY_INPUTS.'),
            503: refused('ERR_BUSY: too many inputs wait; ERR_STOPPING; ERR_TRAINER_EXITED: the model starts anew.'), // prettier-ignore
          },
        },
      },
      '/healthz': { get: { summary: 'Whether the process answers.', responses: { 200: json('It does.', z.object({ live: z.literal(true) })) } } }, // prettier-ignore
      '/readyz': { get: { summary: 'Whether there is a model that answers, and which.', responses: { 200: json('There is.', ready), 503: json('There is none.', ready) } } }, // prettier-ignore
      '/openapi.json': { get: { summary: 'This description.', responses: { 200: { description: 'OpenAPI 3.1.' } } } }, // prettier-ignore
    },
  }
}
