import type { JSX } from 'preact'
import type { Confusion } from '../../src/node/dashboard/wire.ts'
import { percent, plural } from '../format.ts'
import { Panel } from '../parts/panel.tsx'
import { ScrollTable } from '../parts/scroll-table.tsx'

/** Up to here every cell has its number. */
const NUMBERED = 12
const MOST_MISTAKES = 5

export function ConfusionPanel({ confusion }: { readonly confusion: Confusion | null }): JSX.Element {
  if (confusion === null) {
    return (
      <Panel id="confusion" title="Confusion">
        <p class="empty">Nothing is measured yet.</p>
      </Panel>
    )
  }
  const { classes, of, mistakes, role } = confusion
  const note = `${role} model${of > classes.length ? `, ${classes.length} of ${of} classes` : ''}`
  return (
    <Panel id="confusion" title="Confusion" note={note}>
      {classes.length <= NUMBERED ? <Numbers {...confusion} /> : <Heat {...confusion} />}
      {mistakes.length === 0 ? (
        <p class="empty">no mistakes among these classes</p>
      ) : (
        <>
          <h3>Most frequent mistakes</h3>
          <ol class="mistakes">
            {mistakes.slice(0, MOST_MISTAKES).map(({ label, answer, count }) => (
              <li key={`${label} ${answer}`}>
                <b>{classes[label]!.label}</b> taken for <b>{classes[answer]!.label}</b>
                <span class="quiet">
                  {' '}
                  {count} of {classes[label]!.count}
                </span>
              </li>
            ))}
          </ol>
        </>
      )}
    </Panel>
  )
}

function cellsOf({ classes, mistakes }: Confusion): readonly (readonly number[])[] {
  const cells = classes.map(({ correct }, row) => classes.map((_, column) => (row === column ? correct : 0)))
  for (const { label, answer, count } of mistakes) cells[label]![answer] = count
  return cells
}

/** Five steps of a share, which the style sheet colours. */
function step(count: number, of: number): number {
  return count === 0 ? 0 : Math.min(5, 1 + Math.floor((5 * count) / Math.max(1, of)))
}

function Numbers(confusion: Confusion): JSX.Element {
  const { classes } = confusion
  return (
    <ScrollTable
      label="Confusion: rows are classes, columns answers"
      head={['class \\ answer', ...classes.map(({ label }) => label), 'right']}
    >
      {cellsOf(confusion).map((cells, row) => (
        <tr key={row} class="confusion">
          <th scope="row">{classes[row]!.label}</th>
          {cells.map((count, column) => (
            <td
              key={column}
              class={`cell ${row === column ? 'right' : 'wrong'}-${step(count, classes[row]!.count)}`}
            >
              {count === 0 ? <span class="zero">0</span> : count}
            </td>
          ))}
          <td class="number">{percent(classes[row]!.correct / classes[row]!.count, 0)}</td>
        </tr>
      ))}
    </ScrollTable>
  )
}

function Heat(confusion: Confusion): JSX.Element {
  const { classes } = confusion
  const worst = [...classes].sort((a, b) => a.correct / a.count - b.correct / b.count).slice(0, 3)
  const label = `Confusion of ${plural(classes.length, 'class', 'classes')}, as a heat map; least right: ${worst.map((one) => `${one.label} ${percent(one.correct / one.count, 0)}`).join(', ')}. The most frequent mistakes are listed below.`
  const size = classes.length
  return (
    <svg class="heat" viewBox={`-0.5 -0.5 ${size + 1} ${size + 1}`} role="img" aria-label={label}>
      <rect class="ground" width={size} height={size} />
      {cellsOf(confusion).flatMap((cells, row) =>
        cells.map((count, column) =>
          count === 0 ? null : (
            <rect
              key={`${row} ${column}`}
              class={`${row === column ? 'right' : 'wrong'}-${step(count, classes[row]!.count)}`}
              x={column + 0.04}
              y={row + 0.04}
              width={0.92}
              height={0.92}
            >
              <title>{`${classes[row]!.label} taken for ${classes[column]!.label}: ${count} of ${classes[row]!.count}`}</title>
            </rect>
          ),
        ),
      )}
    </svg>
  )
}
