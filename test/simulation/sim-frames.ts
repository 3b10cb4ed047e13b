import { CLOSE_TIMEOUT_MS, IDLE_TIMEOUT_MS } from '../../src/gossip/constants.ts'
import { asError, BrokenStreamError, NetworkTimeoutError, RefusedError } from '../../src/gossip/errors.ts'
import type { Protocol } from '../../src/gossip/host/peer-host.ts'
import { withDeadline } from '../../src/gossip/wire/deadline.ts'
import type { Frames } from '../../src/gossip/wire/frames.ts'
import type { ConnectionEnd, SimConnection } from './sim-connection.ts'

/** Sent and not yet read by the other side; a writer waits above it, as for a yamux window. */
const WINDOW_BYTES = 512 * 1024

/** One side of a stream in memory; errs as `FramedStream` does. */
export class SimFrames implements Frames {
  readonly #connection: SimConnection
  readonly #end: ConnectionEnd
  readonly #protocol: Protocol
  readonly #signal: AbortSignal | undefined
  #far!: SimFrames
  readonly #inbox: Uint8Array[] = []
  #buffered = 0
  #underWay = 0
  #lastArrival = 0
  #isEnded = false
  #hasEnded = false
  #error: Error | undefined
  #wakeReader: () => void = () => undefined
  #wakeWriter: () => void = () => undefined

  private constructor(
    connection: SimConnection,
    end: ConnectionEnd,
    protocol: Protocol,
    signal: AbortSignal | undefined,
  ) {
    this.#connection = connection
    this.#end = end
    this.#protocol = protocol
    this.#signal = signal
  }

  static pair(
    connection: SimConnection,
    from: ConnectionEnd,
    to: ConnectionEnd,
    protocol: Protocol,
    signal: AbortSignal,
  ): [SimFrames, SimFrames] {
    const near = new SimFrames(connection, from, protocol, signal)
    const far = new SimFrames(connection, to, protocol, undefined)
    near.#far = far
    far.#far = near
    return [near, far]
  }

  isAt(end: ConnectionEnd): boolean {
    return this.#end === end
  }

  async readOrEnd(timeoutMs: number = IDLE_TIMEOUT_MS): Promise<Uint8Array | undefined> {
    await this.#until(timeoutMs, 'reader', () => this.#inbox.length > 0 || this.#isEnded)
    const frame = this.#inbox.shift()
    if (frame === undefined) return undefined
    this.#buffered -= frame.byteLength
    this.#far.#underWay -= frame.byteLength
    this.#connection.send(this.#end, 20, 0, () => this.#far.#wakeWriter())
    if (frame.byteLength > this.#protocol.maxFrameBytes) {
      throw new RefusedError(
        'too-large',
        this.#protocol.name,
        `a frame over ${this.#protocol.maxFrameBytes} bytes`,
      )
    }
    return frame
  }

  async read(timeoutMs: number = IDLE_TIMEOUT_MS): Promise<Uint8Array> {
    const frame = await this.readOrEnd(timeoutMs)
    if (frame === undefined) throw new BrokenStreamError(this.#protocol.name)
    return frame
  }

  async write(messages: Iterable<Uint8Array>): Promise<void> {
    for (const message of messages) {
      if (message.byteLength > this.#protocol.maxFrameBytes) {
        throw new RefusedError('too-large', this.#protocol.name, 'an own frame is over the limit')
      }
      for (const frame of this.#end.tamper(this.#protocol.name, message)) {
        await this.#until(IDLE_TIMEOUT_MS, 'writer', () => this.#underWay < WINDOW_BYTES)
        if (this.#hasEnded) throw new BrokenStreamError(this.#protocol.name)
        this.#put(frame.slice())
      }
    }
  }

  async close(): Promise<void> {
    this.#end_()
    try {
      await this.#until(CLOSE_TIMEOUT_MS, 'reader', () => this.#isEnded)
      this.#connection.forget(this)
    } catch (thrown) {
      this.abort(asError(thrown))
    }
  }

  abort(error: Error): void {
    if (this.#error !== undefined) return
    const { name } = this.#protocol
    this.#arrive(60, () => this.#far.reset(new BrokenStreamError(name)))
    this.reset(error)
  }

  /** The stream is gone at this end. */
  reset(error: Error): void {
    this.#connection.forget(this)
    this.#error ??= error
    this.#inbox.length = 0
    this.#wakeReader()
    this.#wakeWriter()
  }

  #end_(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#arrive(20, () => {
      this.#far.#isEnded = true
      this.#far.#wakeReader()
    })
  }

  #put(frame: Uint8Array): void {
    this.#underWay += frame.byteLength
    this.#arrive(frame.byteLength, () => this.#far.#receive(frame))
  }

  #receive(frame: Uint8Array): void {
    if (this.#error !== undefined) return
    this.#inbox.push(frame)
    this.#buffered += frame.byteLength
    if (this.#buffered > this.#protocol.maxBufferBytes) this.abort(new BrokenStreamError(this.#protocol.name))
    this.#wakeReader()
  }

  /** In the order in which it was sent. */
  #arrive(bytes: number, arrive: () => void): void {
    this.#lastArrival = this.#connection.send(this.#end, bytes, this.#lastArrival, arrive)
  }

  async #until(timeoutMs: number, side: 'reader' | 'writer', isReady: () => boolean): Promise<void> {
    if (!isReady() && this.#error === undefined) await this.#wait(timeoutMs, side, isReady)
    if (this.#error === undefined) return
    if (this.#signal?.aborted === true) throw asError(this.#signal.reason)
    const isNamed = this.#error instanceof NetworkTimeoutError || this.#error instanceof RefusedError
    throw isNamed ? this.#error : new BrokenStreamError(this.#protocol.name, { cause: this.#error })
  }

  #wait(timeoutMs: number, side: 'reader' | 'writer', isReady: () => boolean): Promise<void> {
    const wait = (signal: AbortSignal): Promise<void> =>
      new Promise((resolve, reject) => {
        const wake = (): void => {
          if (isReady() || this.#error !== undefined) resolve()
        }
        if (side === 'reader') this.#wakeReader = wake
        else this.#wakeWriter = wake
        signal.addEventListener('abort', () => reject(asError(signal.reason)), { once: true })
      })
    return withDeadline(this.#protocol.name, timeoutMs, this.#signal, wait, this.#end.process)
  }
}
