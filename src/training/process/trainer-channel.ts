import type { ChildProcess } from 'node:child_process'
import type { TrainerExitedError, TrainerMemoryError } from '../errors.ts'
import { receiveError } from './process-messages.ts'
import type { Calls, Method, Reply, Request, UsageNote } from './process-messages.ts'
import type { ProcessUsage, WorkOptions } from '../types.ts'

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
  readonly onProgress: WorkOptions['onProgress']
}

/** Calls over the message channel of a child process; all of them fail when it ends. */
export class TrainerChannel {
  readonly #child: ChildProcess
  readonly #pending = new Map<number, Pending>()
  #exited: TrainerExitedError | TrainerMemoryError | undefined
  #lastId = 0
  #usage: ProcessUsage = { cpuMs: 0, memoryBytes: 0 }

  constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', (reply) => this.#receive(reply as Reply | UsageNote))
  }

  /** As the process said last. */
  get usage(): ProcessUsage {
    return this.#usage
  }

  /** Rejects at once when the signal aborts; the process is told, and stops after the batch at hand. */
  async call<M extends Method>(
    method: M,
    args: Calls[M]['in'],
    { signal, onProgress }: WorkOptions = {},
  ): Promise<Calls[M]['out']> {
    signal?.throwIfAborted()
    if (this.#exited !== undefined) throw this.#exited
    const id = ++this.#lastId
    const cancel = (): void => {
      this.#settle(id)?.reject(signal?.reason)
      this.#send({ id, method: 'cancel' })
    }
    signal?.addEventListener('abort', cancel, { once: true })
    try {
      const value = await new Promise<unknown>((resolve, reject) => {
        this.#pending.set(id, { resolve, reject, onProgress })
        this.#send({ id, method, args } as Request)
      })
      return value as Calls[M]['out']
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
  }

  /** Fails everything that waits, and everything asked for from now on. */
  end(error: TrainerExitedError | TrainerMemoryError): void {
    this.#exited ??= error
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(this.#exited)
  }

  #receive(reply: Reply | UsageNote): void {
    if (reply.kind === 'usage') this.#usage = reply.usage
    else if (reply.kind === 'progress') this.#pending.get(reply.id)?.onProgress?.(reply.progress)
    else if (reply.kind === 'done') this.#settle(reply.id)?.resolve(reply.value)
    else this.#settle(reply.id)?.reject(receiveError(reply.error))
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    return pending
  }

  #send(request: Request): void {
    if (!this.#child.connected) return // its exit fails the call
    this.#child.send(request, () => undefined) // a failed send means an exit as well
  }
}
