export interface FrameLimits {
  /** Name of the exchange, for errors. */
  readonly operand: string
  readonly maxFrameBytes: number
  /** Received and not yet read; beyond it the stream is aborted. */
  readonly maxBufferBytes: number
}

/** Messages on one stream between two peers, one after another; each is bounded, each wait is timed. */
export interface Frames {
  /**
   * The next frame; undefined when the other side has ended between two frames.
   *
   * @throws RefusedError `malformed`, `too-large` - a frame over the limit or cut off
   * @throws NetworkTimeoutError - nothing came for `timeoutMs` (default IDLE_TIMEOUT_MS)
   * @throws BrokenStreamError - the stream was reset
   */
  readOrEnd(timeoutMs?: number): Promise<Uint8Array | undefined>
  /** The next frame; @throws also BrokenStreamError when there is none */
  read(timeoutMs?: number): Promise<Uint8Array>
  /** Sends frames one by one, each only when the one before has drained; resolves when the last has been taken. */
  write(messages: Iterable<Uint8Array>): Promise<void>
  /** Ends this side and waits a moment for the other; a stream that it leaves half open is reset. Never rejects. */
  close(): Promise<void>
  abort(error: Error): void
}
