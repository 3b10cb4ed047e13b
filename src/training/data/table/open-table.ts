import { stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { DatasetError } from '../../errors.ts'
import { openDelimited } from './delimited.ts'
import { openJsonLines } from './json-lines.ts'
import { openParquet } from './parquet.ts'
import type { Table } from './table.ts'

const READERS: ReadonlyMap<string, (path: string) => Promise<Table>> = new Map([
  ['.csv', (path) => openDelimited(path, ',')],
  ['.tsv', (path) => openDelimited(path, '\t')],
  ['.jsonl', openJsonLines],
  ['.ndjson', openJsonLines],
  ['.parquet', openParquet],
])

/** Whether a path is named as a table is. */
export function isTablePath(path: string): boolean {
  return READERS.has(extname(path).toLowerCase())
}

/**
 * Opens a table and reads its columns.
 *
 * @throws DatasetError - no such file or no kind of table that is read (ERR_DATA_MISSING), empty or damaged (ERR_TABLE)
 */
export async function openTable(path: string): Promise<Table> {
  const read = READERS.get(extname(path).toLowerCase())
  if (read === undefined) {
    const known = [...READERS.keys()].join(', ')
    throw new DatasetError(
      'ERR_DATA_MISSING',
      path,
      `not a table that is read; expected a file named ${known}`,
    )
  }
  await assertFile(path)
  return read(path)
}

async function assertFile(path: string): Promise<void> {
  let isFile: boolean
  try {
    isFile = (await stat(path)).isFile()
  } catch (cause) {
    throw new DatasetError('ERR_DATA_MISSING', path, 'the file cannot be read', {}, { cause })
  }
  if (!isFile) throw new DatasetError('ERR_DATA_MISSING', path, 'not a file')
}
