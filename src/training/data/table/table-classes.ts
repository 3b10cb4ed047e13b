import { DatasetError } from '../../errors.ts'
import type { TableColumns } from '../../types.ts'
import { openLabelled } from './labelled-rows.ts'

/** A charter names its classes one by one; more than this are texts or numbers in the wrong column. */
const MAX_CLASSES = 10_000

/** Distinct labels of a table, sorted by code unit. Reads it once. @throws DatasetError */
export async function listTableClasses(
  path: string,
  columns?: TableColumns,
  signal?: AbortSignal,
): Promise<string[]> {
  const labels = new Set<string>()
  const table = await openLabelled(path, columns)
  for await (const row of table.rows(signal)) {
    if ('kind' in row) continue
    labels.add(row.label)
    if (labels.size > MAX_CLASSES) {
      const text = `more than ${MAX_CLASSES} distinct labels, the last one "${row.label.slice(0, 40)}" at ${row.where}; name the column of classes`
      throw new DatasetError('ERR_TABLE', path, text, { classes: labels.size })
    }
  }
  return [...labels].sort()
}
