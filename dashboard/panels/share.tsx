import type { JSX } from 'preact'
import type { DashboardMember } from '../../src/node/dashboard/wire.ts'
import { percent, plural } from '../format.ts'
import { Bar } from '../parts/bar.tsx'
import { Panel } from '../parts/panel.tsx'
import { ScrollTable } from '../parts/scroll-table.tsx'

/** Whose samples this node's merge is made from. */
export function SharePanel({ members }: { readonly members: readonly DashboardMember[] }): JSX.Element {
  const sharing = members.filter(({ share }) => share !== null).sort((a, b) => b.samples - a.samples)
  const most = sharing[0]?.share ?? 1
  return (
    <Panel
      id="share"
      title="Who is in my merge"
      note={sharing.length > 0 && `samples of ${plural(sharing.length, 'member')}`}
    >
      {sharing.length === 0 ? (
        <p class="empty">No merge yet.</p>
      ) : (
        <ScrollTable
          label="Samples behind this merge, by member"
          head={['member', 'samples', 'share']}
          numeric={[1]}
        >
          {sharing.map(({ id, name, samples, share }) => (
            <tr key={id}>
              <th scope="row">{name}</th>
              <td class="number">{samples.toLocaleString('en')}</td>
              <td class="share">
                <span>{percent(share!)}</span>
                <Bar share={share! / most} />
              </td>
            </tr>
          ))}
        </ScrollTable>
      )}
    </Panel>
  )
}
