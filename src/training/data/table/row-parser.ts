import { CsvError, Parser } from 'csv-parse'
import { MAX_ROW_BYTES } from './table.ts'

/** The library's parser, chunk by chunk: rows before a place that it cannot read are not lost, as they are in its stream. */
export class RowParser {
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
