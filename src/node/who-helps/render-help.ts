import pc from 'picocolors'
import type { Score } from '../../training/index.ts'
import { terminalTable } from '../terminal-table.ts'
import { percent } from '../units.ts'
import type { HelpReport, SiteEffect } from './types.ts'

/** More classes than this get one column with those that differ most. */
const MOST_COLUMNS = 8
const MOST_NAMED = 3

const COLOUR = { helps: pc.green, harms: pc.red, unclear: pc.dim } as const

/** A row a site, from the most helpful to the most harmful: what the merge has right by it, in points. */
export function renderHelp(report: HelpReport): string {
  const { merge, figures, sites } = report
  const parts = columnsOf(report)
  const head = ['site', 'it adds', 'gained', 'lost', 'chance', '', ...parts.map(({ head: text }) => text)]
  const rows = sites.map((site) => [
    site.self ? `${site.name} (this site)` : site.name,
    points(figures, site.figures),
    String(site.gained),
    String(site.lost),
    site.chance < 0.001 ? '< 0.001' : site.chance.toFixed(3),
    COLOUR[site.effect](site.effect),
    ...parts.map(({ cell }) => cell(site)),
  ])
  const title = `merge ${merge.slice(0, 12)}: ${figures.correct} of ${figures.count} held-out samples right, ${percent(figures.correct / Math.max(1, figures.count))}; in points, what each site adds to that`
  const note = pc.dim('gained, lost: samples that only the merge with the site has right, and only the one without it; helps, harms: more than chance explains (5 %)') // prettier-ignore
  return `${title}\n${terminalTable(head, rows, 1)}\n${note}`
}

interface Column {
  readonly head: string
  readonly cell: (site: SiteEffect) => string
}

function columnsOf({ classes, tasks, figures }: HelpReport): readonly Column[] {
  const perTask = tasks.map(({ name }, t): Column => {
    return { head: `task ${name ?? 'of the charter'}`, cell: (site) => points(figures.perTask[t]!, site.figures.perTask[t]!) } // prettier-ignore
  })
  const held = classes.flatMap((name, row) => (figures.perClass[row]!.count > 0 ? [{ name, row }] : []))
  const of = (row: number, site: SiteEffect): readonly [Score, Score] => [figures.perClass[row]!, site.figures.perClass[row]!] // prettier-ignore
  const perClass =
    held.length <= MOST_COLUMNS
      ? held.map(({ name, row }): Column => ({ head: name, cell: (site) => points(...of(row, site)) }))
      : [{ head: 'most in', cell: (site: SiteEffect) => mostIn(held, (row) => of(row, site)) }]
  return [...(tasks.length > 1 ? perTask : []), ...perClass]
}

function mostIn(
  held: readonly { readonly name: string; readonly row: number }[],
  of: (row: number) => readonly [Score, Score],
): string {
  const found = held.map(({ name, row }) => ({ name, row, by: difference(...of(row)) }))
  const most = found.filter(({ by }) => by !== 0).sort((a, b) => Math.abs(b.by) - Math.abs(a.by))
  return most.slice(0, MOST_NAMED).map(({ name, row }) => `${name} ${points(...of(row))}`).join(', ') // prettier-ignore
}

function difference(withIt: Score, without: Score): number {
  return withIt.count === 0 ? 0 : (withIt.correct - without.correct) / withIt.count
}

function points(withIt: Score, without: Score): string {
  const by = difference(withIt, without)
  return `${by < 0 ? '−' : '+'}${(100 * Math.abs(by)).toFixed(1)}`
}
