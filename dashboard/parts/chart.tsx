import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'

interface ChartProps {
  /** What it shows, for who cannot see it. */
  readonly label: string
  readonly height: number
  readonly data: uPlot.AlignedData
  readonly isDark: boolean
  /** Of a value beside the chart. @default the number */
  readonly valueText?: ((value: number) => string) | undefined
  /** Made anew when the colours change; `colour` reads a property of the style sheet. */
  readonly options: (
    colour: (name: string) => string,
  ) => Pick<uPlot.Options, 'series'> & Partial<uPlot.Options>
}

/** A chart as wide as its place. */
export function Chart({ label, height, data, isDark, valueText, options }: ChartProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  useEffect(() => {
    const element = place.current!
    const style = getComputedStyle(document.documentElement)
    const colour = (name: string): string => style.getPropertyValue(name).trim()
    const made = new uPlot({ ...common(colour, valueText), ...options(colour), width: element.clientWidth, height }, data, element) // prettier-ignore
    plot.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
    }
  }, [isDark, height])
  useEffect(() => plot.current?.setData(data), [data])
  return <div class="chart" role="img" aria-label={label} ref={place} style={{ height }} />
}

function common(
  colour: (name: string) => string,
  valueText: (value: number) => string = String,
): Partial<uPlot.Options> {
  const axis: uPlot.Axis = {
    stroke: colour('--quiet'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  }
  return {
    legend: { show: false },
    cursor: { show: false },
    axes: [
      { ...axis, size: 24, space: 70, values: timesOf },
      { ...axis, size: 52, gap: 4, space: 26, values: (_plot, splits) => splits.map(valueText) },
    ],
    padding: [8, 20, 0, 0],
  }
}

/** As a clock of 24 hours; the day where ticks are days apart. */
const timesOf: uPlot.Axis.DynamicValues = (_plot, splits) => {
  const step = (splits[1] ?? 0) - (splits[0] ?? 0)
  return splits.map((seconds) => {
    const at = new Date(seconds * 1000)
    if (step >= 86_400) return at.toLocaleDateString('en-GB', { day: '2-digit', month: 'short' })
    return at.toLocaleTimeString('en-GB', step < 60 ? {} : { hour: '2-digit', minute: '2-digit' })
  })
}
