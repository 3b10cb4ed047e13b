import type { IncomingMessage, ServerResponse } from 'node:http'
import { PeermergeError } from '../../errors.ts'
import { carriesToken } from '../http-server.ts'
import type { Logger } from '../logger.ts'
import { answerOf } from '../predict/answer.ts'
import { describeModel } from '../predict/render-answers.ts'
import { modalityOf } from '../predict/prediction-engine.ts'
import { errorMessage } from '../worker-message.ts'
import { openApi } from './openapi.ts'
import { parsePredictRequest } from './predict-request.ts'
import { readBounded } from './read-body.ts'
import type { RequestBatcher } from './request-batcher.ts'
import { RequestError } from './serve-error.ts'
import { MAX_BODY_BYTES } from './serve-limits.ts'
import { startsAnew, type AnsweringModel } from './answering-model.ts'

/** What requests are answered by. */
export interface Serving {
  readonly token: string
  readonly url: () => string
  readonly model: Pick<AnsweringModel, 'model' | 'problem'>
  readonly batcher: Pick<RequestBatcher, 'answer' | 'counts'>
  readonly isStopping: () => boolean
  readonly logger: Pick<Logger, 'error'>
}

/** Never rejects. */
export async function answerRequest(
  serving: Serving,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { status, body } = await answerTo(serving, request)
    send(response, status, body)
  } catch (error) {
    if (request.destroyed && !request.complete) return // nobody waits for it
    request.resume() // what is left of a body that is not read
    const { code, message } = errorMessage(error)
    const status = statusOf(error)
    if (status === 413 || status === 401) response.setHeader('connection', 'close')
    if (status === 401) response.setHeader('www-authenticate', 'Bearer')
    if (status === 503) response.setHeader('retry-after', '1')
    if (status === 500) serving.logger.error({ code, problem: message }, 'a request could not be answered')
    const shown = status === 500 ? 'the request could not be answered; the log says why' : message
    send(response, status, { error: { code, message: shown } })
  }
}

interface Said {
  readonly status: number
  readonly body: unknown
}

async function answerTo(serving: Serving, request: IncomingMessage): Promise<Said> {
  const [path] = (request.url ?? '').split('?')
  const asked = `${request.method ?? ''} ${path}`
  switch (asked) {
    case 'GET /healthz':
      return { status: 200, body: { live: true } }
    case 'GET /readyz':
      return readiness(serving)
    case 'GET /openapi.json':
      return { status: 200, body: openApi(serving.url()) }
    case 'POST /v1/predict':
      return { status: 200, body: await predict(serving, request) }
    default: {
      const expected = 'expected POST /v1/predict, GET /healthz, GET /readyz or GET /openapi.json'
      throw new RequestError(404, 'ERR_NOT_FOUND', `${asked}: ${expected}`)
    }
  }
}

function readiness({ model: { model, problem }, batcher, isStopping }: Serving): Said {
  const ready = model !== undefined && !isStopping()
  const said = problem === undefined ? null : { code: problem.code, message: problem.message }
  const body = { ready, model: model?.name ?? null, problem: said, answered: batcher.counts }
  return { status: ready ? 200 : 503, body }
}

async function predict(serving: Serving, request: IncomingMessage): Promise<unknown> {
  if (!carriesToken(request, serving.token))
    throw new RequestError(401, 'ERR_UNAUTHENTICATED', 'expected the bearer token of this server')
  if (serving.isStopping()) throw new RequestError(503, 'ERR_STOPPING', 'the server stops')
  const body = await readBounded(request, MAX_BODY_BYTES)
  const { model } = serving.model
  if (model === undefined) throw startsAnew()
  const { inputs, top, explain } = parsePredictRequest(body, modalityOf(model))
  if (explain && model.model.adapterSpec?.kind !== 'mixture')
    throw new RequestError(400, 'ERR_NOT_PERSONAL', `explain: ${describeModel(model.name)} has no mixers; leave it out`) // prettier-ignore
  const { by, predictions } = await serving.batcher.answer(inputs, explain)
  const answers = predictions.map((one, i) => answerOf(one, `input ${i + 1}`, by, top))
  return { model: by.name, answers }
}

function statusOf(error: unknown): number {
  if (error instanceof RequestError) return error.status
  return error instanceof PeermergeError && error.code === 'ERR_TRAINER_EXITED' ? 503 : 500
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(`${JSON.stringify(body)}\n`)
}
