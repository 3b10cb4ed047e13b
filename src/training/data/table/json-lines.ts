import { DatasetError } from '../../errors.ts'
import { linesOf } from './lines.ts'
import { MAX_ROW_BYTES, NOT_UTF8, TOO_LONG } from './table.ts'
import type { Table, TableRow } from './table.ts'
import { decodeUtf8, startOfText } from './text-encoding.ts'

/** Columns are those of the objects in so many first lines. */
const LINES_FOR_COLUMNS = 100

type JsonObject = Readonly<Record<string, unknown>>

/** A file with one JSON object a line. Empty lines are passed over. @throws DatasetError ERR_TABLE - no object in it */
export async function openJsonLines(path: string): Promise<Table> {
  const start = await startOfText(path)
  const columns = new Set<string>()
  let seen = 0
  for await (const { value } of objectsOf(path, start)) {
    for (const name of Object.keys(value ?? {})) columns.add(name)
    if (++seen === LINES_FOR_COLUMNS) break
  }
  if (columns.size === 0)
    throw new DatasetError(
      'ERR_TABLE',
      path,
      `no JSON object in the first ${seen} lines; expected one a line`,
    )
  return {
    columns: [...columns],
    unit: 'line',
    async *rows(wanted, signal): AsyncGenerator<TableRow> {
      for await (const { line, value, kind } of objectsOf(path, start, signal)) {
        if (value === undefined) yield { line, kind }
        else
          yield { line, cells: wanted.map((name) => (Object.hasOwn(value, name) ? value[name] : undefined)) }
      }
    },
  }
}

type ReadObject =
  | { readonly line: number; readonly value: JsonObject; readonly kind?: undefined }
  | { readonly line: number; readonly value?: undefined; readonly kind: string }

async function* objectsOf(path: string, start: number, signal?: AbortSignal): AsyncGenerator<ReadObject> {
  for await (const { number: line, bytes } of linesOf(path, { start, maxBytes: MAX_ROW_BYTES, signal })) {
    if (bytes === undefined) yield { line, kind: TOO_LONG }
    else if (bytes.length > 0) yield { line, ...parse(bytes) }
  }
}

function parse(bytes: Uint8Array): { value: JsonObject } | { kind: string } {
  const text = decodeUtf8(bytes)
  if (text === undefined) return { kind: NOT_UTF8 }
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { value: value as JsonObject }
    return { kind: 'not a JSON object' }
  } catch {
    return { kind: 'not valid JSON' }
  }
}
