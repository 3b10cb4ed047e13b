import { open } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import {
  dirichletSplit,
  openLabelledTable,
  type LabelledRow,
  type TableColumns,
} from '../../training/index.ts'
import { makeDirectory } from '../atomic-file.ts'
import { DataLayoutError } from '../errors.ts'
import { LineWriter } from './line-writer.ts'
import { siteNames } from './site-names.ts'
import type { DemoSite, SplitOptions } from './split-folder.ts'

export interface TableSplitOptions extends SplitOptions {
  readonly columns?: TableColumns
  /** Every distinct value of this column is a site. @default rows are dealt by the seed */
  readonly siteColumn?: string
  readonly signal?: AbortSignal
}

export interface TableSites {
  readonly sites: readonly DemoSite[]
  /** All labels, sorted. */
  readonly classes: readonly string[]
  /** Rows that cannot be used. */
  readonly skipped: number
  /** The first of them, and why. */
  readonly firstSkipped: string | undefined
}

/** Every site is a process. */
const MAX_SITES = 64

/**
 * Sites of a table of texts: one for each value of a column, or rows dealt by a seeded Dirichlet split. The table is read twice and
 * never held; each site's rows are written to a file of its own under `workDir`, with the columns text and label.
 *
 * @throws DataLayoutError - fewer than two sites or classes, too many sites, a site with fewer than two rows
 * @throws DatasetError - the table cannot be read
 */
export async function sitesOfTable(
  path: string,
  workDir: string,
  options: TableSplitOptions,
): Promise<TableSites> {
  const table = await openLabelledTable(path, options.columns, options.siteColumn)
  const seen = await survey(path, table.rows(options.signal))
  const deal =
    options.siteColumn === undefined
      ? dealByChance(seen, options)
      : dealByColumn(path, seen, options.siteColumn)
  refuseSmall(path, seen, deal)
  const sites = siteNames(deal.names).map((name) => ({
    name,
    data: resolve(workDir, 'data', `${name}.jsonl`),
  }))
  await makeDirectory(join(workDir, 'data'))
  await writeSites(table.rows(options.signal), sites, deal)
  return {
    sites,
    classes: [...seen.classes.keys()].sort(),
    skipped: seen.skipped,
    firstSkipped: seen.firstSkipped,
  }
}

interface Survey {
  /** Good rows of each class, in the order in which classes appear. */
  readonly classes: ReadonlyMap<string, number>
  /** Good rows of each value of the site column, in the order in which they appear. */
  readonly siteRows: ReadonlyMap<string, number>
  readonly skipped: number
  readonly firstSkipped: string | undefined
}

async function survey(path: string, rows: AsyncIterable<LabelledRow>): Promise<Survey> {
  const classes = new Map<string, number>()
  const siteRows = new Map<string, number>()
  let skipped = 0
  let firstSkipped: string | undefined
  for await (const row of rows) {
    if ('kind' in row) {
      skipped += 1
      firstSkipped ??= `${row.where}: ${row.reason ?? row.kind}`
      continue
    }
    classes.set(row.label, (classes.get(row.label) ?? 0) + 1)
    if (row.site === undefined) continue
    siteRows.set(row.site, (siteRows.get(row.site) ?? 0) + 1)
    if (siteRows.size > MAX_SITES)
      throw new DataLayoutError(path, `more than ${MAX_SITES} sites; name a column that holds a few of them`)
  }
  return { classes, siteRows, skipped, firstSkipped }
}

/** Which site each row goes to. */
interface Deal {
  readonly names: readonly string[]
  /** Rows of each site. */
  readonly counts: readonly number[]
  /** Asked for every good row in the order of the table. */
  readonly siteOf: (row: { readonly label: string; readonly site?: string }) => number
}

function dealByColumn(path: string, { siteRows }: Survey, column: string): Deal {
  const names = [...siteRows.keys()].sort()
  if (names.length < 2) {
    const found = names.length === 0 ? 'none' : `only "${names[0]!}"`
    throw new DataLayoutError(path, `column "${column}": expected at least two sites, found ${found}`)
  }
  const numbers = new Map(names.map((name, index) => [name, index]))
  return {
    names,
    counts: names.map((name) => siteRows.get(name)!),
    siteOf: ({ site }) => numbers.get(site!)!,
  }
}

function dealByChance({ classes }: Survey, { sites, concentration, uniform }: SplitOptions): Deal {
  const labels = [...classes.keys()].sort()
  const owners = dirichletSplit(
    labels.map((label) => classes.get(label)!),
    sites,
    concentration,
    uniform,
  )
  const dealt = new Map(labels.map((label, index) => [label, { owners: owners[index]!, next: 0 }]))
  const counts = new Array<number>(sites).fill(0)
  for (const site of owners.flat()) counts[site]! += 1
  return {
    names: counts.map((_, index) => `site-${index + 1}`),
    counts,
    siteOf: ({ label }) => {
      const row = dealt.get(label)!
      return row.owners[row.next++]!
    },
  }
}

function refuseSmall(
  path: string,
  { classes, skipped, firstSkipped }: Survey,
  { names, counts }: Deal,
): void {
  if (classes.size < 2) {
    const why =
      firstSkipped === undefined ? '' : `; ${skipped} rows cannot be used, the first ${firstSkipped}`
    throw new DataLayoutError(path, `expected rows of at least two classes, found ${classes.size}${why}`)
  }
  const small = counts.findIndex((count) => count < 2)
  if (small < 0) return
  const advice = 'every site needs two, to train on one and hold one out; take fewer sites or a larger --skew'
  throw new DataLayoutError(path, `site ${names[small]!} gets ${counts[small]!} rows; ${advice}`)
}

async function writeSites(
  rows: AsyncIterable<LabelledRow>,
  sites: readonly DemoSite[],
  { siteOf }: Deal,
): Promise<void> {
  const writers: LineWriter[] = []
  try {
    for (const { data } of sites) writers.push(new LineWriter(await open(data, 'w')))
    for await (const row of rows) {
      if (!('kind' in row)) await writers[siteOf(row)]!.write({ text: row.text, label: row.label })
    }
    for (const writer of writers) await writer.flush()
  } finally {
    for (const writer of writers) await writer.close()
  }
}
