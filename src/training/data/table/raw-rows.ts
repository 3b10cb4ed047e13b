import { createReadStream } from 'node:fs'
import type { CsvError } from 'csv-parse'
import { DatasetError } from '../../errors.ts'
import { RowParser } from './row-parser.ts'
import { MAX_ROW_BYTES } from './table.ts'

const CHUNK_BYTES = 256 * 1024

/** Cells as the parser gives them: one character a byte, so that nothing is lost before UTF-8 is checked. */
export interface RawRow {
  readonly line: number
  /** Undefined: longer than allowed. */
  readonly cells: readonly string[] | undefined
}

/**
 * Rows of a whole file of delimited values, the head row among them. Behind a line that is too long the parser starts anew.
 *
 * @param start - byte of the first row
 * @throws DatasetError ERR_TABLE - a quotation mark that is never closed
 */
export async function* rawRows(
  path: string,
  delimiter: string,
  start: number,
  signal?: AbortSignal,
): AsyncGenerator<RawRow> {
  let from: Place = { byte: start, line: 1 }
  for (;;) {
    const stopped: Place | undefined = yield* rowsFrom(path, delimiter, from, signal)
    if (stopped === undefined) return
    yield { line: stopped.line, cells: undefined }
    from = { byte: await nextLine(path, stopped.byte, signal), line: stopped.line + 1 }
  }
}

interface Place {
  readonly byte: number
  readonly line: number
}

/** Rows from a place on. Returns the place of a line that is too long, or undefined at the end of the file. */
async function* rowsFrom(
  path: string,
  delimiter: string,
  from: Place,
  signal?: AbortSignal,
): AsyncGenerator<RawRow, Place | undefined> {
  const parser = new RowParser(delimiter)
  const end = new Uint8Array(0)
  for await (const chunk of chunksOf(path, from.byte, signal, end)) {
    const error = await (chunk === end ? parser.finish() : parser.feed(chunk))
    for (const { line, cells } of parser.take()) yield { line: from.line + line - 1, cells }
    if (error === undefined) continue
    if (parser.isInQuotes || error.code !== 'CSV_MAX_RECORD_SIZE')
      throw unclosedQuote(path, from.line + parser.lastLine, error)
    return { byte: from.byte + parser.bytes, line: from.line + parser.lines - 1 }
  }
  return undefined
}

async function* chunksOf(
  path: string,
  start: number,
  signal: AbortSignal | undefined,
  end: Uint8Array,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of createReadStream(path, { start, highWaterMark: CHUNK_BYTES })) {
    signal?.throwIfAborted()
    yield chunk as Uint8Array
  }
  yield end
}

function unclosedQuote(path: string, line: number, cause: CsvError): DatasetError {
  const text = `a quotation mark is opened in the row that begins at line ${line} and not closed within ${MAX_ROW_BYTES} bytes or to the end of the file; close it, or double it if it belongs to the text`
  return new DatasetError('ERR_TABLE', path, text, { line }, { cause })
}

/** The byte behind the end of the line that holds `byte`. */
async function nextLine(path: string, byte: number, signal?: AbortSignal): Promise<number> {
  let at = byte
  let hasReturn = false
  for await (const chunk of createReadStream(path, { start: byte, highWaterMark: CHUNK_BYTES })) {
    signal?.throwIfAborted()
    const text = (chunk as Buffer).toString('latin1')
    if (hasReturn) return text.startsWith('\n') ? at + 1 : at
    const end = text.search(/[\r\n]/)
    const isBehindPair = text[end] === '\r' && text[end + 1] === '\n'
    if (end >= 0 && (text[end] === '\n' || end + 1 < text.length)) return at + end + (isBehindPair ? 2 : 1)
    hasReturn = end >= 0
    at += text.length
  }
  return at
}
