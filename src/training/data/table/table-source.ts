import { DatasetError } from '../../errors.ts'
import type { SiteData } from '../../types.ts'
import { GrowingInt32 } from '../growing-int32.ts'
import { percent } from '../percent.ts'
import type { RawSample, SampleSource, Split } from '../samples.ts'
import { SkippedList } from '../skipped-list.ts'
import { stratifiedSplit } from '../stratified-split.ts'
import { openLabelled } from './labelled-rows.ts'
import type { LabelledTable } from './labelled-rows.ts'
import { nearestNames } from './nearest-names.ts'
import { countShared, textHash } from './text-hash.ts'

/** What the first reading keeps of a file: 12 bytes a row. */
interface Survey {
  readonly path: string
  readonly table: LabelledTable
  /** Class of each good row. */
  readonly labels: Int32Array
  /** Hash of the text of each good row. */
  readonly hashes: Float64Array
}

/**
 * A table as a source. It is read twice: at first for labels alone, from which the split is drawn as that of image folders, and then for
 * the texts. With a held-out file of its own, all rows of the first are trained on.
 *
 * @throws DatasetError - a label that is no class of the charter (ERR_UNKNOWN_CLASS), fewer than two good rows (ERR_NO_SAMPLES,
 *   ERR_TOO_FEW_SAMPLES), those of `openTable` and `openLabelled`
 */
export async function tableSource(data: SiteData, signal?: AbortSignal): Promise<SampleSource> {
  const skipped = new SkippedList()
  const main = await survey(data.path, data, skipped, signal)
  const heldOut =
    data.heldOutPath === undefined ? undefined : await survey(data.heldOutPath, data, skipped, signal)
  refuseTooFew(data, main.labels.length, heldOut !== undefined, skipped)
  const splits = splitsOf(main, heldOut, data)
  return {
    total: main.labels.length + (heldOut?.labels.length ?? 0),
    skipped: skipped.named,
    warnings: [
      ...skipped.summary('rows', data.path),
      ...heldOutOnly(splits, data.classes),
      ...duplicates(splits),
    ],
    async *samples(readSignal) {
      for (const { survey, splitOf } of splits) yield* samplesOf(survey, splitOf, data, readSignal)
    },
  }
}

async function survey(
  path: string,
  { classes, columns }: SiteData,
  skipped: SkippedList,
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
    if (label === undefined) throw unknownClass(path, row.where, row.label, classes)
    labels.push(label)
    hashes.push(textHash(row.text))
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

function refuseTooFew(data: SiteData, count: number, hasHeldOut: boolean, skipped: SkippedList): void {
  if (count >= 2 || (count === 1 && hasHeldOut)) return
  const [first] = skipped.named
  const why =
    first === undefined ? '' : `; ${skipped.count} were skipped, the first ${first.where}: ${first.reason}`
  if (count === 0) throw new DatasetError('ERR_NO_SAMPLES', data.path, `no row can be used${why}`)
  const text = `one row; at least two are needed, to train on one and hold one out${why}`
  throw new DatasetError('ERR_TOO_FEW_SAMPLES', data.path, text, { count })
}

/** A file with the split of each of its good rows: 1 trains. */
interface SplitSurvey {
  readonly survey: Survey
  readonly splitOf: Uint8Array
}

const SPLITS: readonly Split[] = ['heldOut', 'train']

function splitsOf(main: Survey, heldOut: Survey | undefined, data: SiteData): SplitSurvey[] {
  if (heldOut !== undefined) {
    return [
      { survey: main, splitOf: new Uint8Array(main.labels.length).fill(1) },
      { survey: heldOut, splitOf: new Uint8Array(heldOut.labels.length) },
    ]
  }
  const perClass: number[][] = data.classes.map(() => [])
  for (const [row, label] of main.labels.entries()) perClass[label]!.push(row)
  const splitOf = new Uint8Array(main.labels.length)
  for (const row of stratifiedSplit(perClass, data).train) splitOf[row] = 1
  return [{ survey: main, splitOf }]
}

/** Classes that are evaluated but never trained on here. */
function heldOutOnly(splits: readonly SplitSurvey[], classes: readonly string[]): string[] {
  const seen = SPLITS.map(() => new Set<number>())
  for (const { survey, splitOf } of splits)
    for (const [row, split] of splitOf.entries()) seen[split]!.add(survey.labels[row]!)
  const [heldOut, train] = seen
  const only = [...heldOut!].filter((label) => !train!.has(label)).map((label) => classes[label]!)
  if (only.length === 0) return []
  return [`only held-out rows have the label ${only.join(', ')}, so nothing here is trained on it`]
}

/** Texts that are trained on and evaluated with: the accuracy is too high by them. */
function duplicates(splits: readonly SplitSurvey[]): string[] {
  const hashes = SPLITS.map((_, split) => hashesOf(splits, split))
  const [heldOut, train] = hashes
  const count = countShared(heldOut!, train!)
  if (count === 0) return []
  const total = heldOut!.length
  return [
    `${count} of ${total} held-out texts (${percent(count, total)}) are among the training texts, too; the accuracy will look too good`,
  ]
}

function hashesOf(splits: readonly SplitSurvey[], split: number): Float64Array {
  const parts = splits.map(({ survey, splitOf }) => survey.hashes.filter((_, row) => splitOf[row] === split))
  const all = new Float64Array(parts.reduce((count, part) => count + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

async function* samplesOf(
  { path, table, labels, hashes }: Survey,
  splitOf: Uint8Array,
  { classes }: SiteData,
  signal?: AbortSignal,
): AsyncGenerator<RawSample> {
  const changed = 'the file was changed while it was read; start again'
  let row = 0
  for await (const read of table.rows(signal)) {
    if ('kind' in read) continue
    const label = labels[row] ?? -1
    if (classes[label] !== read.label || hashes[row] !== textHash(read.text))
      throw new DatasetError('ERR_DATA_CHANGED', path, changed, { where: read.where })
    yield { source: read.text, label, split: SPLITS[splitOf[row]!]!, where: read.where }
    row += 1
  }
  if (row < labels.length) throw new DatasetError('ERR_DATA_CHANGED', path, changed)
}
