import type { ServerResponse } from 'node:http'
import type { Health, HealthQuestion } from './types.ts'

/** Paths at which a node answers for its health. `/health` always says 200 and all; the others 503 where what they ask does not hold. */
const QUESTION_OF: ReadonlyMap<string, HealthQuestion> = new Map([
  ['/health', 'live'],
  ['/health/live', 'live'],
  ['/health/ready', 'ready'],
  ['/health/agreement', 'agreement'],
])

export function asksHealth(method: string | undefined, path: string | undefined): boolean {
  return method === 'GET' && QUESTION_OF.has(path ?? '')
}

export function answerHealth(health: Health, path: string | undefined, response: ServerResponse): void {
  const question = QUESTION_OF.get(path ?? '') ?? 'live'
  response.writeHead(health[question] ? 200 : 503, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
  })
  response.end(`${JSON.stringify(health)}\n`)
}
