import { SPARE_STREAM_MS } from '../constants.ts'
import { asError } from '../errors.ts'
import type { Clock } from '../wire/clock.ts'
import type { Frames } from '../wire/frames.ts'

interface Spare {
  readonly frames: Frames
  readonly cancel: () => void
}

/**
 * Streams whose fetch has ended, one a peer, kept for a moment: the holder is usually told next that the payload is whole here, and
 * opening another stream for it would cost more than saying it.
 */
export class SpareStreams {
  readonly #clock: Pick<Clock, 'after'>
  readonly #signal: AbortSignal
  readonly #spares = new Map<string, Spare>()

  constructor(clock: Pick<Clock, 'after'>, signal: AbortSignal) {
    this.#clock = clock
    this.#signal = signal
    signal.addEventListener('abort', () => this.#dropAll(), { once: true })
  }

  /** The stream is at rest: everything asked on it has been answered. It is closed when nobody has taken it in time. */
  put(peer: string, frames: Frames): void {
    if (this.#signal.aborted || this.#spares.has(peer)) {
      void frames.close() // never rejects
      return
    }
    const cancel = this.#clock.after(SPARE_STREAM_MS, () => {
      this.#spares.delete(peer)
      void frames.close()
    })
    this.#spares.set(peer, { frames, cancel })
  }

  /** It may have died meanwhile, as any stream may. */
  take(peer: string): Frames | undefined {
    const spare = this.#spares.get(peer)
    this.#spares.delete(peer)
    spare?.cancel()
    return spare?.frames
  }

  #dropAll(): void {
    for (const { frames, cancel } of this.#spares.values()) {
      cancel()
      frames.abort(asError(this.#signal.reason))
    }
    this.#spares.clear()
  }
}
