import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openApi } from '../../../../src/node/serve/openapi.ts'
import { parsePredictRequest } from '../../../../src/node/serve/predict-request.ts'
import { MAX_INPUTS } from '../../../../src/node/serve/serve-limits.ts'

const refused = (body: string, modality: 'text' | 'image', expected: object): void =>
  assert.throws(() => parsePredictRequest(body, modality), expected)

describe('a request to predict', () => {
  it('has texts, or images in base64, and says how many classes it wants', () => {
    assert.deepEqual(parsePredictRequest('{"texts": ["a", ""], "top": 2}', 'text'), {
      inputs: [{ text: 'a' }, { text: '' }],
      top: 2,
      explain: false,
    })
    const { inputs, top } = parsePredictRequest('{"images": ["AQID"]}', 'image')
    assert.deepEqual([...(inputs[0] as { image: Uint8Array }).image], [1, 2, 3])
    assert.equal(top, 3)
  })

  it('is refused by name otherwise', () => {
    const bad = { status: 400, code: 'ERR_REQUEST' }
    refused('{"texts": ["a"', 'text', { ...bad, message: /not JSON/ })
    refused('7', 'text', { ...bad, message: /body/ })
    refused('{"texts": []}', 'text', { ...bad, message: /texts/ })
    refused('{"texts": ["a", 7]}', 'text', { ...bad, message: /texts\.1/ })
    refused('{"images": ["no base64!"]}', 'image', { ...bad, message: /images\.0/ })
    refused('{"texts": ["a"], "images": ["AQID"]}', 'text', { ...bad, message: /one of them/ })
    refused('{"texts": ["a"], "more": 1}', 'text', { ...bad, message: /more/ })
    refused('{"texts": ["a"], "top": 0}', 'text', { ...bad, message: /top/ })
    refused('{"texts": ["a"]}', 'image', { status: 400, code: 'ERR_INPUT_KIND', message: /field images/ })
    const many = JSON.stringify({ texts: Array.from({ length: MAX_INPUTS + 1 }, () => 'a') })
    refused(many, 'text', { status: 413, code: 'ERR_TOO_MANY_INPUTS' })
  })
})

it('the OpenAPI description says what requests are checked by', () => {
  const { openapi, paths } = openApi('http://127.0.0.1:1') as {
    openapi: string
    paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: { properties: Record<string, { maxItems?: number }> } }> } }>> // prettier-ignore
  }
  assert.equal(openapi, '3.1.0')
  assert.deepEqual(Object.keys(paths), ['/v1/predict', '/healthz', '/readyz', '/openapi.json'])
  const { properties } = paths['/v1/predict']!.post!.requestBody!.content['application/json']!.schema
  assert.deepEqual(Object.keys(properties), ['texts', 'images', 'top', 'explain'])
  assert.equal(properties.texts!.maxItems, MAX_INPUTS)
})
