import { createReadStream } from 'node:fs'

/** A line of a log without its end; `end` is where the next one begins, in bytes. Undefined text: longer than any entry may be. */
export interface LogLine {
  readonly text: string | undefined
  readonly end: number
}

/** Room for the tensors of the largest payload, sixteen thousand of them with long names. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024
const PIECE_BYTES = 256 * 1024
const NEWLINE = 10

/** The whole lines of a file, from the first byte; bytes behind the last line end, of a line that was never finished, are left out. */
export async function* logLines(file: string): AsyncGenerator<LogLine> {
  let rest: Buffer = Buffer.alloc(0)
  let end = 0
  for await (const piece of createReadStream(file, { highWaterMark: PIECE_BYTES }) as AsyncIterable<Buffer>) {
    let bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE)) {
      end += at + 1
      yield { text: bytes.toString('latin1', 0, at), end }
      bytes = bytes.subarray(at + 1)
    }
    if (bytes.length > MAX_LINE_BYTES) {
      yield { text: undefined, end: end + bytes.length }
      return
    }
    rest = bytes
  }
}
