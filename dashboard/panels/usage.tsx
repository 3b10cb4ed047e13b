import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import type uPlot from 'uplot'
import type { DashboardState, UsageSample } from '../../src/node/dashboard/wire.ts'
import { bytes as size, duration } from '../format.ts'
import { Chart } from '../parts/chart.tsx'
import { Panel } from '../parts/panel.tsx'

interface UsageProps {
  readonly usage: readonly UsageSample[]
  readonly bytes: DashboardState['bytes']
  readonly cpuSeconds: DashboardState['cpuSeconds']
  readonly isDark: boolean
}

export function UsagePanel({ usage, bytes, cpuSeconds, isDark }: UsageProps): JSX.Element {
  const times = useMemo(() => usage.map(({ at }) => at / 1000), [usage])
  const traffic = useMemo(() => [times, usage.map(({ sent }) => sent), usage.map(({ received }) => received)] as uPlot.AlignedData, [usage]) // prettier-ignore
  const cores = useMemo(
    () => [times, usage.map((one) => one.cores), usage.map((one) => one.trainerCores)] as uPlot.AlignedData,
    [usage],
  )
  const last = usage.at(-1)
  if (last === undefined) {
    return (
      <Panel id="usage" title="Bytes and processor">
        <p class="empty">The first sample comes within seconds.</p>
      </Panel>
    )
  }
  return (
    <Panel id="usage" title="Bytes and processor" note={`memory ${memoryText(last)}`}>
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
        Processor <span class="key accent">node {last.cores.toFixed(2)}</span>{' '}
        <span class="key violet">training {last.trainerCores.toFixed(2)}</span>
      </h3>
      <Chart
        label={`Processor cores of the last hour: the node's process is busy on ${last.cores.toFixed(2)} now, its training process on ${last.trainerCores.toFixed(2)}.`}
        height={84}
        data={cores}
        isDark={isDark}
        valueText={tenths}
        options={(colour) => ({
          scales: {
            x: { time: true },
            y: { range: (_plot, _least, most) => [0, Math.max(0.5, most * 1.1)] },
          },
          series: [{}, line(colour('--accent')), line(colour('--violet'))],
        })}
      />
      <p class="foot">
        Processor time since the start: node {time(cpuSeconds.node)}, training {time(cpuSeconds.trainer)}
      </p>
    </Panel>
  )
}

const time = (seconds: number): string => duration(1000 * seconds)

function memoryText({ memory, trainerMemory }: UsageSample): string {
  return trainerMemory === 0 ? size(memory) : `${size(memory)} + ${size(trainerMemory)}`
}

const tenths = (value: number): string => value.toFixed(1)

function line(stroke: string): uPlot.Series {
  return { stroke, width: 1.5, points: { show: false } }
}
