import type { DashboardEvents } from '../src/node/dashboard/wire.ts'

export type StreamEvent = { readonly [Name in keyof DashboardEvents]: { readonly name: Name; readonly data: DashboardEvents[Name] } }[keyof DashboardEvents] // prettier-ignore

export interface Follower {
  onEvent(event: StreamEvent): void
  /** `refused`: the token is none, or not of this node any more. */
  onConnection(state: 'live' | 'lost' | 'refused' | 'stopped'): void
}

/** Silence after which the node is taken for gone: it says something at least every ten seconds. */
const SILENCE_MS = 30_000
const RETRIES_MS = [500, 1_000, 2_000, 5_000]

/** Follows the node until `signal` aborts, and begins again where it is lost. By fetch, as an EventSource cannot send the token. */
export async function follow(token: string, follower: Follower, signal: AbortSignal): Promise<void> {
  let last: string | undefined
  for (let failures = 0; ; failures++) {
    try {
      for await (const { id, event } of events(token, last, signal)) {
        if (failures > 0 || last === undefined) follower.onConnection('live')
        failures = 0
        last = id ?? last
        follower.onEvent(event)
        if (event.name === 'stopped') return follower.onConnection('stopped')
      }
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof RefusedError) return follower.onConnection('refused')
    }
    follower.onConnection('lost')
    await pause(RETRIES_MS[Math.min(failures, RETRIES_MS.length - 1)]!, signal)
  }
}

class RefusedError extends Error {}

interface Received {
  readonly id: string | undefined
  readonly event: StreamEvent
}

async function* events(
  token: string,
  last: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Received> {
  const silence = new AbortController()
  const arm = (): number => setTimeout(() => silence.abort(), SILENCE_MS)
  let alarm = arm()
  try {
    const headers = { authorization: `Bearer ${token}`, ...(last !== undefined && { 'last-event-id': last }) }
    const both = AbortSignal.any([signal, silence.signal])
    const response = await fetch('/api/events', { headers, signal: both, cache: 'no-store' })
    if (response.status === 401) throw new RefusedError()
    if (!response.ok || response.body === null) throw new Error(`the node answers ${response.status}`)
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    let rest = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      clearTimeout(alarm)
      alarm = arm()
      const frames = (rest + value).split('\n\n')
      rest = frames.pop()!
      for (const frame of frames) yield parseFrame(frame)
    }
  } finally {
    clearTimeout(alarm)
  }
}

function parseFrame(frame: string): Received {
  const fields = new Map(frame.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])) // prettier-ignore
  const event = { name: fields.get('event'), data: JSON.parse(fields.get('data') ?? 'null') as unknown } as StreamEvent // prettier-ignore
  return { id: fields.get('id'), event }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
}
