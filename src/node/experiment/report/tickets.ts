import { methodNamed } from '../methods/method-table.ts'
import type { RunRecord } from '../types.ts'
import { interval, type Interval } from './interval.ts'

/** A way of FedSelect: the share of entries that were personal in the last training, and what came of it. */
export interface Ticket {
  readonly method: string
  /** Mean over sites and seeds. */
  readonly personal: number
  /** On held-out samples like each site's own, mean over sites. */
  readonly home: Interval
  /** Of the site where it is least accurate. */
  readonly worst: Interval
  /** Whether what became personal was drawn by lot. */
  readonly atRandom: boolean
}

/** By ascending share. */
export function ticketsOf(records: readonly RunRecord[]): readonly Ticket[] {
  const methods = [...new Set(records.map(({ method }) => method))]
  return methods
    .flatMap((method): Ticket[] => {
      const runs = records.flatMap((record) => {
        const home = record.heads.own?.home
        const isOne = record.method === method && record.personal !== undefined && home !== undefined
        return isOne ? [{ personal: record.personal, home }] : []
      })
      if (runs.length === 0) return []
      const said = methodNamed(method)
      return [
        {
          method,
          personal: mean(runs.map(({ personal }) => personal)),
          home: interval(runs.map(({ home }) => mean(home))),
          worst: interval(runs.map(({ home }) => Math.min(...home))),
          atRandom: said?.strategy === 'fedselect' && said.atRandom === true,
        },
      ]
    })
    .sort((a, b) => a.personal - b.personal)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
