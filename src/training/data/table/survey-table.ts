import { DatasetError } from '../../errors.ts'
import type { SiteData } from '../../types.ts'
import { GrowingInt32 } from '../growing-int32.ts'
import type { SkippedList } from '../skipped-list.ts'
import type { UnknownLabels } from '../unknown-labels.ts'
import { openLabelled } from './labelled-rows.ts'
import type { LabelledTable } from './labelled-rows.ts'
import { nearestNames } from '../../../nearest-names.ts'
import { textHash } from './text-hash.ts'

/** What the first reading keeps of a file: 12 bytes a row. */
export interface Survey {
  readonly path: string
  readonly table: LabelledTable
  /** Class of each good row. */
  readonly labels: Int32Array
  /** Hash of the text of each good row. */
  readonly hashes: Float64Array
}

/** What is left out of a table. */
export interface LeftOut {
  readonly skipped: SkippedList
  readonly unknown: UnknownLabels
}

/**
 * Reads a table once, bad rows into `skipped`, and if that is asked for rows of unknown labels into `unknown`.
 *
 * @throws DatasetError ERR_UNKNOWN_CLASS - a label that is no class
 */
export async function surveyTable(
  path: string,
  { classes, columns, unknownLabels }: SiteData,
  { skipped, unknown }: LeftOut,
  signal?: AbortSignal,
): Promise<Survey> {
  const table = await openLabelled(path, columns)
  const rowOf = new Map(classes.map((name, row) => [name, row]))
  const labels = new GrowingInt32()
  const hashes: number[] = []
  for await (const row of table.rows(signal)) {
    if ('kind' in row) {
      skipped.add(row.where, row.kind, row.reason)
      continue
    }
    const label = rowOf.get(row.label)
    if (label !== undefined) {
      labels.push(label)
      hashes.push(textHash(row.text))
    } else if (unknownLabels === 'leave-out') unknown.add(path, row.label)
    else throw unknownClass(path, row.where, row.label, classes)
  }
  return { path, table, labels: labels.toArray(), hashes: Float64Array.from(hashes) }
}

function unknownClass(path: string, where: string, label: string, classes: readonly string[]): DatasetError {
  const shown = JSON.stringify(label.slice(0, 80))
  const like = nearestNames(label, classes).join(', ')
  return new DatasetError(
    'ERR_UNKNOWN_CLASS',
    path,
    `${where}: label ${shown} is not a class of the charter; nearest of its ${classes.length} classes: ${like}`,
    { where, label, classes },
  )
}
