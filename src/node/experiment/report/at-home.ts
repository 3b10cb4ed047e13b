import { methodNamed } from '../methods/method-table.ts'
import { HEADS, HOME_MEASURES, type Head, type HomeMeasure, type RunRecord } from '../types.ts'
import { interval, pairedInterval, verdict, type Interval } from './interval.ts'

/** A method with one of its heads, on held-out samples like each site's own. */
export interface HomeRow {
  readonly method: string
  readonly head: Head
  /** Mean over sites. */
  readonly mean: Interval
  /** Of the site where it is least accurate. */
  readonly worst: Interval
  /** Site by site what it has more than the site alone, by the best way and head of that, on the same seeds. */
  readonly gains: readonly { readonly difference: Interval; readonly verdict: ReturnType<typeof verdict> }[]
}

/** All rows by one measure, the best first. */
export interface HomeTable {
  readonly measure: HomeMeasure
  readonly rows: readonly HomeRow[]
}

/** One table a measure that the records have; none where the data do not say what is like a site's own. */
export function atHome(records: readonly RunRecord[]): readonly HomeTable[] {
  const methods = [...new Set(records.map(({ method }) => method))]
  return HOME_MEASURES.flatMap((measure) => {
    const alone = bestAlone(records, methods, measure)
    const rows = methods
      .flatMap((method) =>
        HEADS.flatMap((head) => rowOf(bySite(records, { method, head, measure }), { method, head }, alone)),
      ) // prettier-ignore
      .sort((a, b) => b.mean.mean - a.mean.mean)
    return rows.length === 0 ? [] : [{ measure, rows }]
  })
}

/** Of sites by themselves, however they were trained, the most accurate; nothing where no site was. */
function bestAlone(
  records: readonly RunRecord[],
  methods: readonly string[],
  measure: HomeMeasure,
): readonly BySeed[] {
  const mean = (sites: readonly BySeed[]): number => average(sites.flatMap((site) => [...site.values()]))
  return methods
    .filter((method) => methodNamed(method)?.strategy === 'alone')
    .flatMap((method) => HEADS.map((head) => bySite(records, { method, head, measure })))
    .filter((sites) => sites.length > 0)
    .reduce<readonly BySeed[]>(
      (best, sites) => (best.length === 0 || mean(sites) > mean(best) ? sites : best),
      [],
    )
}

type BySeed = ReadonlyMap<number, number>

function rowOf(
  sites: readonly BySeed[],
  { method, head }: Pick<HomeRow, 'method' | 'head'>,
  alone: readonly BySeed[],
): readonly HomeRow[] {
  if (sites.length === 0) return []
  const perSeed = [...sites[0]!.keys()].map((seed) => sites.map((site) => site.get(seed)!))
  const gains = sites.flatMap((site, i) => {
    const difference = alone[i] && pairedInterval(site, alone[i])
    return difference === undefined ? [] : [{ difference, verdict: verdict(difference) }]
  })
  return [
    {
      method,
      head,
      mean: interval(perSeed.map(average)),
      worst: interval(perSeed.map((values) => Math.min(...values))),
      gains,
    },
  ]
}

/** The measure by seed, site by site. */
function bySite(
  records: readonly RunRecord[],
  { method, head, measure }: Pick<HomeRow, 'method' | 'head'> & Pick<HomeTable, 'measure'>,
): readonly BySeed[] {
  const found = records.flatMap((record) => {
    const home = record.method === method ? record.heads[head]?.[measure] : undefined
    return home === undefined ? [] : [{ seed: record.seed, home }]
  })
  const sites = found[0]?.home ?? []
  return sites.map((_, site) => new Map(found.map(({ seed, home }) => [seed, home[site]!])))
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
