import { createReadStream } from 'node:fs'

/** One line without its end; without bytes where it was longer than allowed. */
export interface Line {
  readonly number: number
  readonly bytes: Uint8Array | undefined
}

const NEWLINE = 0x0a
const RETURN = 0x0d

/** The lines of a file one by one; never holds more than `maxBytes` and a chunk. @param start - byte of the first line */
export async function* linesOf(
  path: string,
  { start, ...limits }: LineLimits & { readonly start: number },
): AsyncGenerator<Line> {
  yield* linesIn(createReadStream(path, { start, highWaterMark: 256 * 1024 }), limits)
}

interface LineLimits {
  readonly maxBytes: number
  readonly signal?: AbortSignal | undefined
}

/** The same of bytes that come from elsewhere. */
export async function* linesIn(
  chunks: AsyncIterable<unknown>,
  { maxBytes, signal }: LineLimits,
): AsyncGenerator<Line> {
  const line = new LineInProgress(maxBytes)
  let number = 1
  for await (const chunk of chunks) {
    signal?.throwIfAborted()
    let from = 0
    const bytes = chunk as Buffer
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      line.add(bytes.subarray(from, end))
      yield { number: number++, bytes: line.take() }
      from = end + 1
    }
    line.add(bytes.subarray(from))
  }
  if (!line.isEmpty) yield { number, bytes: line.take() }
}

class LineInProgress {
  readonly #maxBytes: number
  #parts: Uint8Array[] = []
  #length = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get isEmpty(): boolean {
    return this.#length === 0
  }

  add(part: Uint8Array): void {
    this.#length += part.length
    if (this.#length > this.#maxBytes) this.#parts = []
    else if (part.length > 0) this.#parts.push(part)
  }

  take(): Uint8Array | undefined {
    const isTooLong = this.#length > this.#maxBytes
    const [only] = this.#parts
    const whole = this.#parts.length === 1 ? only! : Buffer.concat(this.#parts)
    this.#parts = []
    this.#length = 0
    if (isTooLong) return undefined
    return whole.at(-1) === RETURN ? whole.subarray(0, -1) : whole
  }
}
