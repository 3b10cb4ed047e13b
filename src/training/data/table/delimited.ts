import { createReadStream } from 'node:fs'
import { CsvError, Parser } from 'csv-parse'
import { DatasetError } from '../../errors.ts'
import { MAX_ROW_BYTES, NOT_UTF8, TOO_LONG } from './table.ts'
import type { Table, TableRow } from './table.ts'
import { decodeUtf8, startOfText } from './text-encoding.ts'

const CHUNK_BYTES = 256 * 1024

/** Cells as the parser gives them: one character a byte, so that nothing is lost before UTF-8 is checked. */
interface RawRow {
  readonly line: number
  /** Undefined: longer than allowed. */
  readonly cells: readonly string[] | undefined
}

/**
 * A file of delimited values with a head row, as RFC 4180 has them; a quotation mark inside an unquoted cell stands for itself, and
 * lines may end in any way.
 *
 * @throws DatasetError ERR_TABLE - no head row, or a quotation mark that is never closed
 */
export async function openDelimited(path: string, delimiter: string): Promise<Table> {
  const start = await startOfText(path)
  const head = await headOf(path, delimiter, start)
  return {
    columns: head,
    unit: 'line',
    async *rows(wanted, signal): AsyncGenerator<TableRow> {
      const at = wanted.map((name) => head.indexOf(name))
      let isHead = true
      for await (const row of rawRows(path, delimiter, start, signal)) {
        if (!isHead) yield checkRow(row, head.length, at)
        isHead = false
      }
    },
  }
}

async function headOf(path: string, delimiter: string, start: number): Promise<string[]> {
  for await (const { cells } of rawRows(path, delimiter, start)) {
    const names = (cells ?? []).map(decodeCell)
    if (names.every((name) => name !== undefined) && names.length > 0) return names
    break
  }
  throw new DatasetError(
    'ERR_TABLE',
    path,
    'no head row; expected the names of the columns in the first line',
  )
}

function checkRow({ line, cells }: RawRow, width: number, at: readonly number[]): TableRow {
  if (cells === undefined) return { line, kind: TOO_LONG }
  if (cells.length !== width) {
    return {
      line,
      kind: 'another number of cells than the head row',
      reason: `expected ${width} cells as in the head row, found ${cells.length}`,
    }
  }
  const wanted = at.map((index) => decodeCell(cells[index] ?? ''))
  if (wanted.includes(undefined)) return { line, kind: NOT_UTF8 }
  return { line, cells: wanted }
}

/** ASCII needs no decoding. */
const ASCII = /^[\0-\x7f]*$/

function decodeCell(cell: string): string | undefined {
  return ASCII.test(cell) ? cell : decodeUtf8(Buffer.from(cell, 'latin1'))
}

/** Rows of the whole file. Behind a line that is too long the parser starts anew. */
async function* rawRows(
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

/** The library's parser, chunk by chunk: rows before a place that it cannot read are not lost, as they are in its stream. */
class RowParser {
  readonly #parser: Parser
  #rows: { line: number; cells: string[] }[] = []
  /** Line on which the last row ended. */
  lastLine = 0

  constructor(delimiter: string) {
    this.#parser = new Parser({
      delimiter,
      encoding: 'latin1',
      max_record_size: MAX_ROW_BYTES,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      on_record: (cells: string[], { lines }) => {
        this.#rows.push({ line: lines, cells })
        this.lastLine = lines
        return null
      },
    })
    this.#parser.on('error', () => undefined) // it comes to the callbacks below, too
    this.#parser.resume()
  }

  /** Lines seen so far, the one in progress included. */
  get lines(): number {
    return this.#parser.info.lines
  }

  /** Bytes up to the last cell that was read. */
  get bytes(): number {
    return this.#parser.info.bytes
  }

  get isInQuotes(): boolean {
    return (this.#parser as unknown as { state: { quoting: boolean } }).state.quoting
  }

  async feed(chunk: Uint8Array): Promise<CsvError | undefined> {
    return new Promise((done) => this.#parser.write(chunk, (error) => done(asCsvError(error))))
  }

  async finish(): Promise<CsvError | undefined> {
    return new Promise((done) => this.#parser.end((error?: Error | null) => done(asCsvError(error))))
  }

  take(): { line: number; cells: string[] }[] {
    const rows = this.#rows
    this.#rows = []
    return rows
  }
}

function asCsvError(error: Error | null | undefined): CsvError | undefined {
  if (error == null) return undefined
  if (error instanceof CsvError) return error
  throw error
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
