import type { Worker } from 'node:worker_threads'
import { WorkerCrashedError } from './errors.ts'
import { largeBuffers } from './large-arrays.ts'
import { spawnWorker } from './spawn-worker.ts'
import { restoreError, type Reply } from './worker-message.ts'

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

/**
 * Jobs for one worker thread, which starts with the first of them. When the thread dies, every job under way fails with
 * WorkerCrashedError and the next one starts a new thread.
 */
export class WorkerChannel<Request extends object, Result> {
  readonly #name: string
  readonly #script: URL
  readonly #heapBytes: number | undefined
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #job = 0
  #closed = false

  /** `script` and `heapBytes` as for `spawnWorker`. */
  constructor(name: string, script: URL, heapBytes?: number) {
    this.#name = name
    this.#script = script
    this.#heapBytes = heapBytes
  }

  /** Whether a thread lives. */
  get running(): boolean {
    return this.#worker !== undefined
  }

  /**
   * With `handOver` the memory of large arrays in the request goes to the worker, and the caller must not use them any more.
   *
   * @throws WorkerCrashedError, or the error of the job; an abort stops the wait, not the computation
   */
  async ask<R extends Result>(
    request: Request,
    options: { readonly signal?: AbortSignal; readonly handOver?: boolean } = {},
  ): Promise<R> {
    options.signal?.throwIfAborted()
    if (this.#closed) throw new WorkerCrashedError(this.#name, 'it was closed')
    const worker = this.#start()
    const job = (this.#job += 1)
    let onAbort: (() => void) | undefined
    try {
      return await new Promise<R>((resolve, reject) => {
        this.#waiting.set(job, { resolve: (result) => resolve(result as R), reject })
        onAbort = () => reject(abortReason(options.signal))
        options.signal?.addEventListener('abort', onAbort, { once: true })
        worker.postMessage({ job, request }, options.handOver === true ? largeBuffers(request) : [])
      })
    } finally {
      this.#waiting.delete(job)
      if (onAbort !== undefined) options.signal?.removeEventListener('abort', onAbort)
      if (this.#waiting.size === 0) this.#worker?.unref()
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    const worker = this.#worker
    this.#worker = undefined
    this.#failAll(new WorkerCrashedError(this.#name, 'it was closed'))
    await worker?.terminate()
  }

  #start(): Worker {
    if (this.#worker !== undefined) {
      this.#worker.ref()
      return this.#worker
    }
    const worker = spawnWorker(this.#script, this.#name, this.#heapBytes)
    worker.on('message', (reply: Reply<unknown>) => this.#settle(reply))
    worker.on('error', (error) => this.#crashed(worker, error.message, error))
    worker.on('exit', (code) => this.#crashed(worker, `exit code ${code}`))
    this.#worker = worker
    return worker
  }

  #settle(reply: Reply<unknown>): void {
    const waiting = this.#waiting.get(reply.job)
    if ('result' in reply) waiting?.resolve(reply.result)
    else waiting?.reject(restoreError(reply.error))
  }

  #crashed(worker: Worker, problem: string, cause?: Error): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    this.#failAll(new WorkerCrashedError(this.#name, problem, { cause }))
  }

  #failAll(error: Error): void {
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of waiting) reject(error)
  }
}

function abortReason(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason
  return reason instanceof Error ? reason : new Error('aborted')
}
