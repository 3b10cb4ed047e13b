import { join } from 'node:path'
import { makeDirectory, writeFileAtomic } from '../../atomic-file.ts'
import type { ExperimentSpec } from '../spec-schema.ts'
import type { RunRecord } from '../types.ts'
import { chartsOf } from './charts.ts'
import { csvReport } from './csv-report.ts'
import { drawCharts } from '../../charts/draw-charts.ts'
import { markdownReport } from './markdown-report.ts'
import type { Provenance } from './provenance.ts'
import { summarise, type SplitSummary } from './summary.ts'

export interface WrittenReport {
  readonly splits: readonly SplitSummary[]
  readonly files: readonly string[]
}

/** `report.md`, `runs.csv` and plots under `dir`: the same bytes for the same records. @throws PeermergeError ERR_CHARTS_MISSING */
export async function writeReport(
  dir: string,
  {
    spec,
    records,
    made,
    plots,
  }: { spec: ExperimentSpec; records: readonly RunRecord[]; made: Provenance; plots: boolean },
): Promise<WrittenReport> {
  const splits = summarise(spec, records)
  const charts = plots ? splits.map((split) => ({ split: split.split, charts: chartsOf(spec, split) })) : []
  const drawn = plots ? await drawCharts(charts.flatMap((one) => one.charts)) : new Map<string, string>()
  const names = new Map(charts.map((one) => [one.split, one.charts.map(({ file }) => file)]))
  const files = new Map([
    ['report.md', markdownReport(spec, splits, made, names)],
    ['runs.csv', csvReport(records)],
    ...drawn,
  ])
  await makeDirectory(dir)
  for (const [name, text] of files) await writeFileAtomic(join(dir, name), text)
  return { splits, files: [...files.keys()].map((name) => join(dir, name)) }
}
