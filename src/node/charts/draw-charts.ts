import type * as Vega from 'vega'
import type * as VegaLite from 'vega-lite'
import { PeermergeError } from '../../errors.ts'

/** A chart as data: a file name, and what vega-lite draws. */
export interface Chart {
  readonly file: string
  readonly spec: VegaLite.TopLevelSpec
}

/**
 * Draws charts as SVG; loads the chart library, which is not installed with this package.
 *
 * @throws PeermergeError ERR_CHARTS_MISSING - it is not there
 */
export async function drawCharts(charts: readonly Chart[]): Promise<ReadonlyMap<string, string>> {
  const { vega, vegaLite } = await loadCharts()
  const drawn = new Map<string, string>()
  for (const { file, spec } of charts) {
    const view = new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: 'none' })
    drawn.set(file, `${await view.toSVG()}\n`)
    view.finalize()
  }
  return drawn
}

export interface ChartLibrary {
  readonly vega: typeof Vega
  readonly vegaLite: typeof VegaLite
}

/** @throws PeermergeError ERR_CHARTS_MISSING */
export async function loadCharts(): Promise<ChartLibrary> {
  try {
    return { vega: await import('vega'), vegaLite: await import('vega-lite') }
  } catch (cause) {
    const text =
      'plots need the packages vega and vega-lite: npm install vega vega-lite, or leave plots out with --no-plots'
    throw new PeermergeError('ERR_CHARTS_MISSING', text, {}, { cause })
  }
}
