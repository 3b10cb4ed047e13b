import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import type uPlot from 'uplot'
import type { Accuracy, ModelRow, TaskFigure, TimelineEntry } from '../../src/node/dashboard/wire.ts'
import { accuracy as shareText, percent, plural } from '../format.ts'
import { Bar } from '../parts/bar.tsx'
import { Chart } from '../parts/chart.tsx'
import { Panel } from '../parts/panel.tsx'
import { ScrollTable } from '../parts/scroll-table.tsx'

interface AccuracyProps {
  readonly accuracy: Accuracy
  readonly entries: readonly TimelineEntry[]
  readonly isDark: boolean
}

const ROLES = { alone: 'site alone', trained: 'own, as trained', merged: 'merged', served: 'served' } as const

export function AccuracyPanel({ accuracy, entries, isDark }: AccuracyProps): JSX.Element {
  const { models, consortium } = accuracy
  const tasks = [...new Set([...models, ...(consortium === null ? [] : [consortium])].flatMap((one) => one.tasks.map(({ task }) => task)))] // prettier-ignore
  const samples = models[0]?.count ?? 0
  return (
    <Panel
      id="accuracy"
      title="Accuracy"
      note={samples > 0 && `on ${plural(samples, 'sample')} held out here`}
    >
      {tasks.length === 0 ? (
        <p class="empty">
          Nothing is measured yet: a model is scored on what this site holds out, once there is one.
        </p>
      ) : (
        <ScrollTable
          label="Accuracy by task"
          head={['task', ...models.map(modelHead), ...(consortium === null ? [] : ['all sites'])]}
        >
          {tasks.map((task) => (
            <tr key={task ?? ''}>
              <th scope="row">{task ?? (tasks.length === 1 ? 'all classes' : 'charter’s classes')}</th>
              {models.map((model) => (
                <Cell
                  key={model.role}
                  figure={model.tasks.find((one) => one.task === task)}
                  tone={model.role}
                />
              ))}
              {consortium !== null && (
                <Cell figure={consortium.tasks.find((one) => one.task === task)} tone="sites" />
              )}
            </tr>
          ))}
        </ScrollTable>
      )}
      <Scores entries={entries} isDark={isDark} />
    </Panel>
  )
}

function modelHead({ role, digest, isCurrent }: ModelRow): JSX.Element {
  return (
    <>
      <span title={digest ?? undefined}>{ROLES[role]}</span>
      {!isCurrent && <span class="warn"> (an earlier one)</span>}
    </>
  )
}

function Cell({
  figure,
  tone,
}: {
  readonly figure: TaskFigure | undefined
  readonly tone: string
}): JSX.Element {
  if (figure === undefined || figure.count === 0) return <td class="quiet">–</td>
  return (
    <td class="share" title={`${figure.correct} of ${figure.count} right`}>
      <span>{shareText(figure)}</span>
      <Bar share={figure.correct / figure.count} tone={tone} />
    </td>
  )
}

/** How merges did here, one after the other. */
function Scores({ entries, isDark }: Pick<AccuracyProps, 'entries' | 'isDark'>): JSX.Element | null {
  const scored = useMemo(() => entries.filter(({ accuracy }) => accuracy !== undefined), [entries])
  const last = scored.at(-1)?.n
  const data = useMemo(() => [scored.map(({ at }) => at / 1000), scored.map(({ accuracy }) => 100 * accuracy!)] as uPlot.AlignedData, [last]) // prettier-ignore
  if (scored.length < 2) return null
  const [first, newest] = [scored[0]!.accuracy!, scored.at(-1)!.accuracy!]
  return (
    <>
      <h3>Merges in time</h3>
      <Chart
        label={`Accuracy of ${scored.length} merges in time: from ${percent(first)} to ${percent(newest)}.`}
        height={150}
        data={data}
        isDark={isDark}
        options={(colour) => ({
          scales: {
            x: { time: true },
            y: {
              range: (_plot, least, most) => [
                Math.max(0, Math.floor(least / 10) * 10 - 5),
                Math.min(100, Math.ceil(most / 10) * 10 + 5),
              ],
            },
          },
          series: [
            {},
            {
              stroke: colour('--violet'),
              width: 2,
              points: { show: scored.length < 60, size: 5, fill: colour('--violet') },
            },
          ],
        })}
      />
    </>
  )
}
