import { DatasetError } from '../../errors.ts'
import type { TableColumns } from '../../types.ts'
import { openTable } from './open-table.ts'
import { BROKEN_TEXT, MAX_ROW_BYTES, NOT_UTF8, TOO_LONG } from './table.ts'
import type { Table, TableRow } from './table.ts'

export const DEFAULT_COLUMNS: TableColumns = { text: 'text', label: 'label' }

/** One row as a sample, or what is wrong with it; `where` is `file:line`. */
export type LabelledRow =
  | { readonly where: string; readonly text: string; readonly label: string; readonly site?: string }
  | { readonly where: string; readonly kind: string; readonly reason?: string }

/** A table read as texts with labels. */
export interface LabelledTable {
  /** Good and bad rows in the order of the file. */
  rows(signal?: AbortSignal): AsyncIterable<LabelledRow>
}

/**
 * Opens a table whose rows are samples.
 *
 * @param site - a column that names the site of a row
 * @throws DatasetError - ERR_NO_COLUMN with the columns found; those of `openTable`
 */
export async function openLabelled(
  path: string,
  columns: TableColumns = DEFAULT_COLUMNS,
  site?: string,
): Promise<LabelledTable> {
  const table = await openTable(path)
  const wanted = [columns.text, columns.label, ...(site === undefined ? [] : [site])]
  for (const name of wanted) assertColumn(path, table, name)
  return {
    async *rows(signal) {
      for await (const row of table.rows(wanted, signal)) {
        const where = whereOf(path, table, row)
        if ('kind' in row)
          yield { where, kind: row.kind, ...(row.reason !== undefined && { reason: row.reason }) }
        else yield { where, ...checkCells(row.cells, columns, site) }
      }
    },
  }
}

/** What a person calls a row. */
export function whereOf(
  path: string,
  { unit }: Pick<Table, 'unit'>,
  { line }: Pick<TableRow, 'line'>,
): string {
  return unit === 'line' ? `${path}:${line}` : `${path}: row ${line}`
}

/** @throws DatasetError ERR_NO_COLUMN */
export function assertColumn(path: string, { columns }: Table, name: string): void {
  const times = columns.filter((column) => column === name).length
  if (times === 1) return
  const found = columns.map((column) => JSON.stringify(column)).join(', ')
  const problem =
    times === 0
      ? `no column "${name}"; columns found: ${found}; name yours for text and label`
      : `${times} columns are named "${name}"; columns found: ${found}`
  throw new DatasetError('ERR_NO_COLUMN', path, problem, { column: name, columns })
}

function checkCells(
  [text, label, site]: readonly unknown[],
  columns: TableColumns,
  siteColumn: string | undefined,
): { text: string; label: string; site?: string } | { kind: string } {
  if ([text, label, site].includes(BROKEN_TEXT)) return { kind: NOT_UTF8 }
  if (typeof text !== 'string')
    return { kind: text == null ? `no ${columns.text}` : `${columns.text} is not a text` }
  if (text.trim() === '') return { kind: `empty ${columns.text}` }
  if (text.length > MAX_ROW_BYTES) return { kind: TOO_LONG }
  const name = nameOf(label)
  if (name === undefined) return { kind: `no ${columns.label}` }
  if (siteColumn === undefined) return { text, label: name }
  const siteName = nameOf(site)
  return siteName === undefined ? { kind: `no ${siteColumn}` } : { text, label: name, site: siteName }
}

/** A class as the charter names it: a text, or a number or truth value as a text. */
function nameOf(cell: unknown): string | undefined {
  const isPlain = ['number', 'bigint', 'boolean'].includes(typeof cell)
  if (typeof cell !== 'string' && !isPlain) return undefined
  const name = String(cell)
  return name.trim() === '' ? undefined : name
}
