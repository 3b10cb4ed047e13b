import { DatasetError } from '../../errors.ts'
import { rawRows } from './raw-rows.ts'
import type { RawRow } from './raw-rows.ts'
import { NOT_UTF8, TOO_LONG } from './table.ts'
import type { Table, TableRow } from './table.ts'
import { decodeUtf8, startOfText } from './text-encoding.ts'

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
