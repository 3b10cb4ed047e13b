import { asError } from '../errors.ts'
import type { Clock } from '../wire/clock.ts'
import type { Frames } from '../wire/frames.ts'
import type { TokenBucket } from '../wire/token-bucket.ts'

/**
 * Frames of an inbound stream whose next request is read only when the peer's rate allows it. Nobody is refused: a peer that
 * asks faster waits, as its own link makes it wait when nothing is read.
 */
export class RatedFrames implements Frames {
  readonly #frames: Frames
  readonly #bucket: TokenBucket
  readonly #clock: Clock
  readonly #signal: AbortSignal
  readonly #onWait: () => void

  constructor(frames: Frames, bucket: TokenBucket, clock: Clock, signal: AbortSignal, onWait: () => void) {
    this.#frames = frames
    this.#bucket = bucket
    this.#clock = clock
    this.#signal = signal
    this.#onWait = onWait
  }

  async readOrEnd(timeoutMs?: number): Promise<Uint8Array | undefined> {
    const wait = this.#bucket.spend(1)
    if (wait > 0) await this.#pause(wait)
    return this.#frames.readOrEnd(timeoutMs)
  }

  async read(timeoutMs?: number): Promise<Uint8Array> {
    const wait = this.#bucket.spend(1)
    if (wait > 0) await this.#pause(wait)
    return this.#frames.read(timeoutMs)
  }

  write(messages: Iterable<Uint8Array>): Promise<void> {
    return this.#frames.write(messages)
  }

  close(): Promise<void> {
    return this.#frames.close()
  }

  abort(error: Error): void {
    this.#frames.abort(error)
  }

  async #pause(ms: number): Promise<void> {
    this.#onWait()
    this.#signal.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        cancel()
        reject(asError(this.#signal.reason))
      }
      const cancel = this.#clock.after(ms, () => {
        this.#signal.removeEventListener('abort', onAbort)
        resolve()
      })
      this.#signal.addEventListener('abort', onAbort, { once: true })
    })
  }
}
