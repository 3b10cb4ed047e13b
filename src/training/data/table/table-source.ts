import { DatasetError } from '../../errors.ts'
import type { SiteData } from '../../types.ts'
import type { RawSample, SampleSource, Split } from '../samples.ts'
import { SkippedList } from '../skipped-list.ts'
import { stratifiedSplit } from '../stratified-split.ts'
import { UnknownLabels } from '../unknown-labels.ts'
import { duplicates, heldOutOnly } from './split-warnings.ts'
import type { SplitSurvey } from './split-warnings.ts'
import { surveyTable } from './survey-table.ts'
import type { LeftOut, Survey } from './survey-table.ts'
import { textHash } from './text-hash.ts'

/**
 * A table as a source. It is read twice: at first for labels alone, from which the split is drawn as that of image folders, and then for
 * the texts. With a held-out file of its own, all rows of the first are trained on.
 *
 * @throws DatasetError - a label that is no class of the charter and not to be left out (ERR_UNKNOWN_CLASS), fewer than two good rows (ERR_NO_SAMPLES,
 *   ERR_TOO_FEW_SAMPLES), those of `openTable` and `openLabelled`
 */
export async function tableSource(data: SiteData, signal?: AbortSignal): Promise<SampleSource> {
  const leftOut = { skipped: new SkippedList(), unknown: new UnknownLabels() }
  const { skipped, unknown } = leftOut
  const main = await surveyTable(data.path, data, leftOut, signal)
  const heldOut =
    data.heldOutPath === undefined ? undefined : await surveyTable(data.heldOutPath, data, leftOut, signal)
  refuseTooFew(data, main.labels.length, heldOut !== undefined, leftOut)
  const splits = splitsOf(main, heldOut, data)
  return {
    total: main.labels.length + (heldOut?.labels.length ?? 0),
    skipped: skipped.named,
    unknown: unknown.counted,
    warnings: [
      ...skipped.summary('rows', data.path),
      ...unknown.warnings('rows', data.path, data.classes),
      ...heldOutOnly(splits, data.classes),
      ...duplicates(splits),
    ],
    async *samples(readSignal) {
      for (const { survey, splitOf } of splits) yield* samplesOf(survey, splitOf, data, readSignal)
    },
  }
}

function refuseTooFew(
  data: SiteData,
  count: number,
  hasHeldOut: boolean,
  { skipped, unknown }: LeftOut,
): void {
  if (count >= 2 || (count === 1 && hasHeldOut)) return
  const [first] = skipped.named
  const bad = first && `${skipped.count} were skipped, the first ${first.where}: ${first.reason}`
  const why = [
    '',
    ...(bad === undefined ? [] : [bad]),
    ...unknown.warnings('rows', data.path, data.classes),
  ].join('; ')
  if (count === 0) throw new DatasetError('ERR_NO_SAMPLES', data.path, `no row can be used${why}`)
  const text = `one row; at least two are needed, to train on one and hold one out${why}`
  throw new DatasetError('ERR_TOO_FEW_SAMPLES', data.path, text, { count })
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

async function* samplesOf(
  { path, table, labels, hashes }: Survey,
  splitOf: Uint8Array,
  { classes, unknownLabels }: SiteData,
  signal?: AbortSignal,
): AsyncGenerator<RawSample> {
  const changed = 'the file was changed while it was read; start again'
  const known = new Set(classes)
  let row = 0
  for await (const read of table.rows(signal)) {
    if ('kind' in read || (unknownLabels === 'leave-out' && !known.has(read.label))) continue
    const label = labels[row] ?? -1
    if (classes[label] !== read.label || hashes[row] !== textHash(read.text))
      throw new DatasetError('ERR_DATA_CHANGED', path, changed, { where: read.where })
    yield { source: read.text, label, split: SPLITS[splitOf[row]!]!, where: read.where }
    row += 1
  }
  if (row < labels.length) throw new DatasetError('ERR_DATA_CHANGED', path, changed)
}
