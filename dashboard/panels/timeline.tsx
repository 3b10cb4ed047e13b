import type { JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import uPlot from 'uplot'
import type { TimelineEntry, TimelineKind } from '../../src/node/dashboard/wire.ts'
import { clock, plural } from '../format.ts'
import { Chart } from '../parts/chart.tsx'
import { Panel } from '../parts/panel.tsx'
import { VirtualList } from '../parts/virtual-list.tsx'
import { useNarrow } from '../use-narrow.ts'
import { BANDS, binEntries } from './timeline-bins.ts'

interface TimelineProps {
  readonly entries: readonly TimelineEntry[]
  readonly now: number
  readonly isDark: boolean
}

const KINDS: readonly { readonly name: string; readonly kinds: readonly TimelineKind[] }[] = [
  { name: 'contributions', kinds: ['contribution'] },
  { name: 'merges', kinds: ['merge'] },
  { name: 'models', kinds: ['score', 'serving'] },
  { name: 'members', kinds: ['members', 'network'] },
  { name: 'egress', kinds: ['egress'] },
  { name: 'work', kinds: ['work'] },
  { name: 'problems', kinds: ['problem'] },
]

const RANGES = [
  { name: '15 min', ms: 900_000 },
  { name: '1 h', ms: 3_600_000 },
  { name: '24 h', ms: 86_400_000 },
  { name: 'all', ms: Infinity },
] as const

const COLOURS = ['--accent', '--violet', '--bad', '--quiet-fill'] as const

export function TimelinePanel({ entries, now, isDark }: TimelineProps): JSX.Element {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set())
  const [range, setRange] = useState<number>(Infinity)
  const isNarrow = useNarrow()
  const shown = useMemo(() => newestFirst(entries, left), [entries, left])
  const toggle = (name: string): void => {
    const next = new Set(left)
    if (!next.delete(name)) next.add(name)
    setLeft(next)
  }
  return (
    <Panel
      id="timeline"
      title="Timeline"
      wide
      note={
        <div class="choices" role="group" aria-label="Time shown in the chart">
          {RANGES.map(({ name, ms }) => (
            <button key={name} type="button" aria-pressed={range === ms} onClick={() => setRange(ms)}>
              {name}
            </button>
          ))}
        </div>
      }
    >
      <Histogram entries={entries} now={now} isDark={isDark} range={range} />
      <div class="choices kinds" role="group" aria-label="What the list shows">
        {KINDS.map(({ name, kinds }) => (
          <button key={name} type="button" aria-pressed={!left.has(name)} onClick={() => toggle(name)}>
            <span class={`mark ${kinds[0]!}`} aria-hidden="true" />
            {name}
          </button>
        ))}
        <span class="quiet">{plural(shown.length, 'event')}</span>
      </div>
      <VirtualList
        label="Events, newest first"
        items={shown}
        keyOf={({ n }) => n}
        rowHeight={isNarrow ? 44 : 25}
        height={isNarrow ? 308 : 300}
        row={(entry) => <Line entry={entry} now={now} />}
      />
    </Panel>
  )
}

function newestFirst(entries: readonly TimelineEntry[], left: ReadonlySet<string>): readonly TimelineEntry[] {
  const kinds = new Set(KINDS.filter(({ name }) => !left.has(name)).flatMap((one) => one.kinds))
  return entries.filter(({ kind }) => kinds.has(kind)).reverse()
}

function Line({
  entry: { at, kind, text },
  now,
}: {
  readonly entry: TimelineEntry
  readonly now: number
}): JSX.Element {
  return (
    <div class="event" title={text}>
      <time dateTime={new Date(at).toISOString()}>{clock(at, now)}</time>
      <span class={`mark ${kind}`} aria-hidden="true" />
      <span class="kind">{kind}</span>
      <span class="text">{text}</span>
    </div>
  )
}

function Histogram({ entries, now, isDark, range }: TimelineProps & { readonly range: number }): JSX.Element {
  const from = Math.max(now - range, Math.min(entries[0]?.at ?? now, now - 60_000))
  const bins = useMemo(() => binEntries(entries, from, now), [entries, from, now])
  const data = useMemo(
    () => [bins.times, ...[...bins.stacked].reverse()] as unknown as uPlot.AlignedData,
    [bins],
  )
  const label = `Events in time, ${plural(entries.length, 'event')} since ${clock(from, now)}: contributions, merges, problems and others; the list below has each.`
  return (
    <>
      <Chart
        label={label}
        height={120}
        data={data}
        isDark={isDark}
        valueText={whole}
        options={(colour) => ({
          scales: { x: { time: true }, y: { range: (_plot, _least, most) => [0, Math.max(4, most * 1.1)] } },
          series: [{}, ...[...BANDS.keys()].reverse().map((band) => barSeries(colour(COLOURS[band]!)))],
        })}
      />
      <ul class="legend">
        {BANDS.map((band, i) => (
          <li key={band}>
            <span class={`swatch band-${i}`} aria-hidden="true" /> {band}
          </li>
        ))}
      </ul>
    </>
  )
}

const whole = (value: number): string => (Number.isInteger(value) ? value.toLocaleString('en') : '')

function barSeries(fill: string): uPlot.Series {
  return {
    fill,
    stroke: fill,
    width: 0,
    points: { show: false },
    paths: uPlot.paths.bars!({ size: [0.8, 24], align: 1 }),
  }
}
