/** A row of a table in the wanted columns, or what is wrong with it; `line` is the one on which it ends. */
export type TableRow =
  | { readonly line: number; readonly cells: readonly unknown[] }
  | { readonly line: number; readonly kind: string; readonly reason?: string }

/** A file of rows, read from the beginning every time and never as a whole. */
export interface Table {
  /** Names in the order of the file. */
  readonly columns: readonly string[]
  /** What `line` counts. */
  readonly unit: 'line' | 'row'
  /** All rows; `cells` are those of the wanted columns, in that order. @throws DatasetError - the file as a whole is damaged */
  rows(wanted: readonly string[], signal?: AbortSignal): AsyncIterable<TableRow>
}

/** Longer rows are skipped: no text of that size is a sample, and memory is bounded. */
export const MAX_ROW_BYTES = 1024 ** 2

/** Kinds of trouble with a row, in words. */
export const TOO_LONG = `longer than ${MAX_ROW_BYTES} bytes`
export const NOT_UTF8 = 'not valid UTF-8'
/** In a cell in place of a text that is not UTF-8, where a reader learns that cell by cell. */
export const BROKEN_TEXT = Symbol('not valid UTF-8')
