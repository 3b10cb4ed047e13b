import { HubError } from '../../errors.ts'

export interface GuardOptions {
  /** What is asked for, as errors name it. */
  readonly subject: string
  /** Longest silence of the server, before the answer or within it. */
  readonly stallMs: number
  /** Largest answer. */
  readonly maxBytes: number
  readonly signal?: AbortSignal | undefined
}

/** Detail of the error of a server that sends the whole file where a part was asked for. */
export const NO_PARTS = { reason: 'no-parts' } as const

/** A fetch, and why its last call failed: what streams through the client's Blobs loses its error on the way. */
export interface GuardedFetch {
  readonly fetch: typeof fetch
  failure(): unknown
}

/**
 * A fetch for the Hub's client that ends when the server falls silent, says too much or the signal aborts, and turns every failure into
 * one HubError.
 */
export function guardedFetch(options: GuardOptions): GuardedFetch {
  let failure: unknown
  return {
    failure: () => failure,
    fetch: async (input, init) => {
      failure = undefined
      try {
        return await guarded(input, init ?? {}, options, (error) => (failure = error))
      } catch (error) {
        failure = error
        throw error
      }
    },
  }
}

async function guarded(
  input: Parameters<typeof fetch>[0],
  init: RequestInit,
  options: GuardOptions,
  fail: (error: unknown) => void,
): Promise<Response> {
  const watch = new Watch(options)
  let response: Response
  try {
    response = await fetch(input, { ...init, signal: watch.signal })
    watch.touch()
    assertAnswered(response, init, options.subject)
  } catch (error) {
    watch.stop()
    throw watch.explain(error)
  }
  if (response.body === null) {
    watch.stop()
    return response
  }
  const { status, statusText, headers } = response
  return new Response(watched(response.body, watch, options, fail), { status, statusText, headers })
}

function watched(
  body: ReadableStream<Uint8Array>,
  watch: Watch,
  { subject, maxBytes }: GuardOptions,
  fail: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let received = 0
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const { done, value } = await reader.read()
        watch.touch()
        if (done) {
          watch.stop()
          return controller.close()
        }
        received += value.length
        if (received > maxBytes) {
          throw new HubError('ERR_HUB_ANSWER', subject, `the server sends more than ${maxBytes} bytes`)
        }
        controller.enqueue(value)
      } catch (error) {
        watch.stop()
        const explained = watch.explain(error)
        fail(explained)
        await reader.cancel(explained).catch(() => undefined)
        controller.error(explained)
      }
    },
    cancel: async (reason) => {
      watch.stop()
      await reader.cancel(reason)
    },
  })
}

/** Aborts when the server has been silent for too long, or with the caller's signal. */
class Watch {
  readonly #options: GuardOptions
  readonly #controller = new AbortController()
  readonly #forward = (): void => this.#controller.abort(this.#options.signal?.reason)
  #timer: NodeJS.Timeout | undefined

  constructor(options: GuardOptions) {
    this.#options = options
    options.signal?.throwIfAborted()
    options.signal?.addEventListener('abort', this.#forward, { once: true })
    this.touch()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  touch(): void {
    clearTimeout(this.#timer)
    const { subject, stallMs } = this.#options
    this.#timer = setTimeout(() => {
      const problem = `the server has said nothing for ${stallMs / 1000} s`
      this.#controller.abort(new HubError('ERR_HUB_UNREACHABLE', subject, problem))
    }, stallMs)
    this.#timer.unref()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#options.signal?.removeEventListener('abort', this.#forward)
  }

  /** The failure of this request: the caller's own reason, or a HubError. */
  explain(error: unknown): unknown {
    if (this.signal.aborted) return this.signal.reason
    if (error instanceof HubError) return error
    const reason = error instanceof Error ? innermost(error).message : String(error)
    return new HubError(
      'ERR_HUB_UNREACHABLE',
      this.#options.subject,
      `the connection failed: ${reason}`,
      {},
      { cause: error },
    )
  }
}

/** "fetch failed" says nothing; its cause does. */
function innermost(error: Error): Error {
  return error.cause instanceof Error ? innermost(error.cause) : error
}

function assertAnswered(response: Response, init: RequestInit, subject: string): void {
  const { status } = response
  if (response.ok) {
    if (new Headers(init.headers).has('range') && status !== 206) {
      throw new HubError('ERR_HUB_UNREACHABLE', subject, 'the server does not send parts of files', NO_PARTS)
    }
    return
  }
  const said =
    response.headers.get('x-error-message') ?? response.headers.get('x-error-code') ?? response.statusText
  void response.body?.cancel()
  const isMissing = status === 404 || response.headers.get('x-error-code') === 'RepoNotFound'
  const fail = (code: HubError['code'], problem: string): never => {
    throw new HubError(
      code as 'ERR_HUB_ANSWER',
      subject,
      `${problem} (status ${status}${said === '' ? '' : `: ${said}`})`,
      { status },
    )
  }
  if (isMissing)
    fail(
      'ERR_HUB_NOT_FOUND',
      'the Hub has no such model, revision or file, or hides it from you; set HF_TOKEN for a private one',
    )
  if (status === 401 || status === 403)
    fail(
      'ERR_HUB_DENIED',
      'access is denied; set HF_TOKEN to a token that may read it, and accept the terms of a gated model on its page',
    )
  if (status === 429 || status >= 500) fail('ERR_HUB_UNREACHABLE', 'the Hub cannot answer now')
  fail('ERR_HUB_ANSWER', 'the Hub refuses the request')
}
