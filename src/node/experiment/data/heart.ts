import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'
import { PeermergeError } from '../../../errors.ts'
import { makeDirectory, writeFileAtomic } from '../../atomic-file.ts'
import { HEART_COLUMNS, heartMeasurements, heartSentence, type HeartRow } from './heart-row.ts'
import type { PreparedData } from './prepared-data.ts'

const HOSPITALS = ['cleveland', 'hungarian', 'switzerland', 'va'] as const
const CLASSES = ['healthy', 'narrowed'] as const

interface HeartSpec {
  readonly path: string
  readonly heldOut: number
}

/**
 * The four hospitals of UCI's heart disease data, each a site with its own patients: rows as sentences, whether any vessel is narrowed (num > 0) as class.
 *
 * @throws PeermergeError ERR_EXPERIMENT_DATA - a file that is missing or has other columns
 * @see Janosi, Steinbrunn, Pfisterer, Detrano 1989, archive.ics.uci.edu/dataset/45
 */
export async function prepareHeart({ path, heldOut }: HeartSpec, dir: string): Promise<PreparedData> {
  const patients = (await Promise.all(HOSPITALS.map((name) => readHospital(path, name)))).flatMap(
    (rows, domain) => rows.map((row) => ({ row, domain })),
  )
  const byClass = CLASSES.map((_, c) => patients.filter(({ row }) => (row.num! > 0 ? 1 : 0) === c))
  const table = byClass.flatMap((all, c) => all.map(({ row }) => [heartSentence(row), CLASSES[c]!]))
  const file = join(dir, 'patients.csv')
  await makeDirectory(dir)
  await writeFileAtomic(file, stringify(table, { header: true, columns: ['text', 'label'] }))
  const counts = byClass.map(({ length }) => length)
  const domains = byClass.flat().map(({ domain }) => domain)
  return {
    path: file,
    heldOutPath: file,
    columns: { text: 'text', label: 'label' },
    classes: CLASSES,
    trainCounts: counts,
    testCounts: counts,
    domains,
    testDomains: domains,
    domainNames: HOSPITALS,
    redrawn: heldOut,
    measurements: byClass.flat().map(({ row }) => heartMeasurements(row)),
  }
}

/** `processed.NAME.data` as UCI has it, or the same with a head row as `NAME.csv`. */
async function readHospital(path: string, name: string): Promise<HeartRow[]> {
  const files = [join(path, `processed.${name}.data`), join(path, `${name}.csv`)]
  const [text] = (await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => undefined)))).filter((found) => found !== undefined) // prettier-ignore
  if (text === undefined) throw unusable(`neither ${files.join(' nor ')} can be read; expected the four tables of UCI’s heart disease data`) // prettier-ignore
  const head = text.slice(0, text.indexOf('\n')).trim()
  const isNamed = head.startsWith('age')
  if (isNamed && head !== HEART_COLUMNS.join()) throw unusable(`${name}: expected the columns ${HEART_COLUMNS.join()}, got ${head}`) // prettier-ignore
  const rows = parse<HeartRow>(text, { columns: [...HEART_COLUMNS], from_line: isNamed ? 2 : 1, skip_empty_lines: true, trim: true, relax_column_count: true, cast: numberOf }) // prettier-ignore
  if (rows.every(({ age, num }) => age !== null && Number.isInteger(num))) return rows
  throw unusable(`${name}: expected the columns ${HEART_COLUMNS.join(', ')} with age and num in every row`)
}

/** What is no number, as `?` or nothing, is missing. */
function numberOf(cell: string): number | null {
  const value = Number(cell)
  return cell === '' || Number.isNaN(value) ? null : value
}

function unusable(text: string): PeermergeError {
  return new PeermergeError('ERR_EXPERIMENT_DATA', text)
}
