import { linesIn } from './lines.ts'
import { MAX_ROW_BYTES, NOT_UTF8, TOO_LONG } from './table.ts'
import { decodeUtf8 } from './text-encoding.ts'
import type { TextRow } from './text-rows.ts'

const MARK = '\ufeff'

/** Texts one a line, of bytes that come in chunks; a byte order mark is passed over. `where` is `name:line`. */
export async function* textLines(
  chunks: AsyncIterable<unknown>,
  name: string,
  signal?: AbortSignal,
): AsyncGenerator<TextRow> {
  for await (const { number, bytes } of linesIn(chunks, { maxBytes: MAX_ROW_BYTES, signal })) {
    const where = `${name}:${number}`
    const text = bytes && decodeUtf8(bytes)
    if (text === undefined) yield { where, reason: bytes === undefined ? TOO_LONG : NOT_UTF8 }
    else yield { where, text: number === 1 && text.startsWith(MARK) ? text.slice(1) : text }
  }
}
