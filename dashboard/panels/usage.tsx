import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import type uPlot from 'uplot'
import type { UsageSample } from '../../src/node/dashboard/wire.ts'
import { bytes as size } from '../format.ts'
import { Chart } from '../parts/chart.tsx'
import { Panel } from '../parts/panel.tsx'

interface UsageProps {
  readonly usage: readonly UsageSample[]
  readonly bytes: { readonly sent: number; readonly received: number }
  readonly isDark: boolean
}

export function UsagePanel({ usage, bytes, isDark }: UsageProps): JSX.Element {
  const times = useMemo(() => usage.map(({ at }) => at / 1000), [usage])
  const traffic = useMemo(() => [times, usage.map(({ sent }) => sent), usage.map(({ received }) => received)] as uPlot.AlignedData, [usage]) // prettier-ignore
  const cores = useMemo(() => [times, usage.map((one) => one.cores)] as uPlot.AlignedData, [usage])
  const last = usage.at(-1)
  if (last === undefined) {
    return (
      <Panel id="usage" title="Bytes and processor">
        <p class="empty">The first sample comes within seconds.</p>
      </Panel>
    )
  }
  return (
    <Panel id="usage" title="Bytes and processor" note={`memory ${size(last.memory)}`}>
      <h3>
        Network <span class="key accent">sent {size(last.sent)}/s</span>{' '}
        <span class="key violet">received {size(last.received)}/s</span>
      </h3>
      <Chart
        label={`Bytes a second of the last hour: ${size(last.sent)} sent and ${size(last.received)} received now; ${size(bytes.sent)} and ${size(bytes.received)} since the start.`}
        height={104}
        data={traffic}
        isDark={isDark}
        valueText={size}
        options={(colour) => ({
          scales: {
            x: { time: true },
            y: { range: (_plot, _least, most) => [0, Math.max(1000, most * 1.1)] },
          },
          series: [{}, line(colour('--accent')), line(colour('--violet'))],
        })}
      />
      <h3>
        Processor <span class="key accent">{last.cores.toFixed(2)} cores</span>
        <span class="quiet"> without training</span>
      </h3>
      <Chart
        label={`Processor cores that the node's process is busy on, of the last hour: ${last.cores.toFixed(2)} now.`}
        height={84}
        data={cores}
        isDark={isDark}
        valueText={tenths}
        options={(colour) => ({
          scales: {
            x: { time: true },
            y: { range: (_plot, _least, most) => [0, Math.max(0.5, most * 1.1)] },
          },
          series: [{}, line(colour('--accent'))],
        })}
      />
    </Panel>
  )
}

const tenths = (value: number): string => value.toFixed(1)

function line(stroke: string): uPlot.Series {
  return { stroke, width: 1.5, points: { show: false } }
}
