import type { Stream } from '@libp2p/interface'
import { byteStream } from '@libp2p/utils'
import { decode, encode } from 'it-length-prefixed'
import { pipe } from 'it-pipe'
import type { Uint8ArrayList } from 'uint8arraylist'
import { CLOSE_TIMEOUT_MS, FRAME_PATIENCE, IDLE_TIMEOUT_MS } from '../constants.ts'
import { systemClock } from './clock.ts'
import { withDeadline } from './deadline.ts'
import { asError, BrokenStreamError, NetworkTimeoutError, RefusedError } from '../errors.ts'
import type { FrameLimits, Frames } from './frames.ts'

/**
 * Length-prefixed frames over one libp2p stream. A raw stream has no backpressure when iterated, hangs when iterated too
 * late and ends alike for FIN and reset; hence every read is framed, bounded and timed, and an end inside an exchange is
 * an error.
 */
export class FramedStream implements Frames {
  readonly #stream: Stream
  readonly #limits: FrameLimits
  readonly #signal: AbortSignal
  readonly #bytes: ReturnType<typeof byteStream<Stream>>
  readonly #frames: AsyncGenerator<{ slice(): Uint8Array }>
  #timeoutMs = IDLE_TIMEOUT_MS
  /** Why this side has ended the stream early. */
  #cause: Error | undefined
  #frameDeadline = Infinity

  /** To be made in the same tick in which the stream appears, so that no byte comes before its reader. */
  constructor(stream: Stream, limits: FrameLimits, signal: AbortSignal) {
    this.#stream = stream
    this.#limits = limits
    this.#signal = signal
    this.#bytes = byteStream(stream, { maxBufferSize: limits.maxBufferBytes })
    const onStop = (): void => this.#end(asError(signal.reason))
    signal.addEventListener('abort', onStop, { once: true })
    stream.addEventListener('close', () => signal.removeEventListener('abort', onStop), { once: true })
    this.#frames = pipe(this.#received(), (source) => decode(source, { maxDataLength: limits.maxFrameBytes }))
  }

  async readOrEnd(timeoutMs: number = IDLE_TIMEOUT_MS): Promise<Uint8Array | undefined> {
    this.#timeoutMs = timeoutMs
    this.#frameDeadline = systemClock.now() + FRAME_PATIENCE * timeoutMs
    const next = await this.#frames.next().catch((thrown: unknown) => {
      throw this.#explain(thrown)
    })
    return next.done === true ? undefined : next.value.slice()
  }

  async read(timeoutMs: number = IDLE_TIMEOUT_MS): Promise<Uint8Array> {
    const frame = await this.readOrEnd(timeoutMs)
    if (frame === undefined) throw new BrokenStreamError(this.#limits.operand)
    return frame
  }

  async write(messages: Iterable<Uint8Array>): Promise<void> {
    try {
      for (const message of messages) await this.#send(message)
    } catch (thrown) {
      throw this.#explain(thrown)
    }
  }

  async close(): Promise<void> {
    try {
      await withDeadline(this.#limits.operand, CLOSE_TIMEOUT_MS, undefined, async (signal) => {
        await this.#stream.close({ signal })
        await this.#closed(signal)
      })
    } catch (thrown) {
      this.#stream.abort(asError(thrown))
    }
  }

  abort(error: Error): void {
    this.#stream.abort(error)
  }

  async #closed(signal: AbortSignal): Promise<void> {
    if (this.#stream.status !== 'open' && this.#stream.status !== 'closing') return
    await new Promise<void>((resolve, reject) => {
      this.#stream.addEventListener('close', () => resolve(), { once: true })
      signal.addEventListener('abort', () => reject(asError(signal.reason)), { once: true })
    })
  }

  async *#received(): AsyncGenerator<Uint8ArrayList> {
    for (;;) {
      const timeoutMs = Math.min(this.#timeoutMs, Math.max(0, this.#frameDeadline - systemClock.now()))
      const piece = await this.#timed(timeoutMs, () => this.#bytes.read())
      if (piece === null) return
      yield piece // in its parts: joined once, when the frame is whole
    }
  }

  /** Length and message at once: apart, each would be encrypted, sent and answered with a window update of its own. */
  async #send(message: Uint8Array): Promise<void> {
    const frame = encode.single(message, { maxDataLength: this.#limits.maxFrameBytes })
    await this.#timed(IDLE_TIMEOUT_MS, () => this.#bytes.write(frame))
  }

  /** Whatever waits too long, or beyond the stop, ends the stream: cheaper than a signal for every piece of a frame. */
  async #timed<T>(timeoutMs: number, wait: () => Promise<T>): Promise<T> {
    this.#signal.throwIfAborted()
    const timer = setTimeout(
      () => this.#end(new NetworkTimeoutError(this.#limits.operand, timeoutMs)),
      timeoutMs,
    )
    try {
      const result = await wait()
      if (this.#cause !== undefined) throw this.#cause // an ended stream reads like one that was closed
      return result
    } catch (thrown) {
      throw this.#cause ?? thrown
    } finally {
      clearTimeout(timer)
    }
  }

  #end(cause: Error): void {
    this.#cause ??= cause
    this.#stream.abort(cause)
  }

  #explain(thrown: unknown): Error {
    const error = asError(thrown)
    if (error.name.startsWith('InvalidDataLength') || error.name === 'InvalidMessageLengthError') {
      return new RefusedError(
        'too-large',
        this.#limits.operand,
        `a frame over ${this.#limits.maxFrameBytes} bytes`,
      )
    }
    if (error instanceof RefusedError || error.name === 'NetworkTimeoutError') return error
    if (this.#signal.aborted) return error
    return new BrokenStreamError(this.#limits.operand, { cause: error })
  }
}
