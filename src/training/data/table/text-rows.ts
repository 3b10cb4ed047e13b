import { DEFAULT_COLUMNS, assertColumn, whereOf } from './labelled-rows.ts'
import { openTable } from './open-table.ts'
import { BROKEN_TEXT, NOT_UTF8 } from './table.ts'

/** A row without a label: its text, or what is wrong with it; `where` is `file:line`. */
export type TextRow =
  { readonly where: string; readonly text: string } | { readonly where: string; readonly reason: string }

/**
 * Texts of a table, whatever else it has, row by row.
 *
 * @throws DatasetError - ERR_NO_COLUMN with the columns found; those of `openTable`
 */
export async function openTexts(
  path: string,
  column = DEFAULT_COLUMNS.text,
): Promise<(signal?: AbortSignal) => AsyncIterable<TextRow>> {
  const table = await openTable(path)
  assertColumn(path, table, column)
  return async function* rows(signal) {
    for await (const row of table.rows([column], signal)) {
      const where = whereOf(path, table, row)
      if ('kind' in row) yield { where, reason: row.reason ?? row.kind }
      else yield { where, ...readCell(row.cells[0], column) }
    }
  }
}

/** An empty text is one, which whoever encodes it refuses. */
function readCell(cell: unknown, column: string): { text: string } | { reason: string } {
  if (cell === BROKEN_TEXT) return { reason: NOT_UTF8 }
  if (cell === null || cell === undefined) return { text: '' }
  return typeof cell === 'string' ? { text: cell } : { reason: `${column} is not a text` }
}
