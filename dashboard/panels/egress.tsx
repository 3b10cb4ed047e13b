import type { JSX } from 'preact'
import type { EgressSummary } from '../../src/node/dashboard/wire.ts'
import { bytes, plural } from '../format.ts'
import { Bar } from '../parts/bar.tsx'
import { Panel } from '../parts/panel.tsx'
import { ScrollTable } from '../parts/scroll-table.tsx'

export function EgressPanel({ egress }: { readonly egress: EgressSummary | null }): JSX.Element {
  if (egress === null) {
    return (
      <Panel id="egress" title="What has left this site">
        <p class="empty">The site’s log has not been read yet.</p>
      </Panel>
    )
  }
  const {
    contributions,
    publishedBytes,
    sentBytes,
    scoresTold,
    recipients,
    recipientCount,
    problem,
    entries,
  } = egress
  return (
    <Panel
      id="egress"
      title="What has left this site"
      note={`${plural(entries, 'entry', 'entries')} in the signed log`}
    >
      {problem !== null && <p class="bad">The log does not hold from there on: {problem}</p>}
      <p class="sum">
        <b>{plural(contributions, 'contribution')}</b> of {bytes(publishedBytes)}; <b>{bytes(sentBytes)}</b>{' '}
        sent to {plural(recipientCount, 'member')}; held-out numbers told {plural(scoresTold, 'time')}.
      </p>
      <Days {...egress} />
      {recipients.length > 0 && (
        <ScrollTable
          label="Who has got it"
          head={['recipient', 'fetched here', 'has whole', 'bytes']}
          numeric={[1, 2, 3]}
        >
          {recipients.map((one) => (
            <tr key={one.name}>
              <th scope="row">{one.name}</th>
              <td class="number">{one.fetched}</td>
              <td class="number">{one.holds}</td>
              <td class="number">{bytes(one.bytes)}</td>
            </tr>
          ))}
        </ScrollTable>
      )}
      <p class="foot">
        Tensor by tensor: <code>peermerge egress</code>
      </p>
    </Panel>
  )
}

/** The newest week with something in it. */
function Days({ days }: Pick<EgressSummary, 'days'>): JSX.Element | null {
  const shown = days.slice(-7)
  const most = Math.max(1, ...shown.map(({ sentBytes }) => sentBytes))
  if (shown.length < 2) return null
  return (
    <ul class="days" aria-label="Sent by day, UTC">
      {shown.map(({ day, sentBytes }) => (
        <li key={day}>
          <span class="quiet">{day.slice(5)}</span>
          <Bar share={sentBytes / most} />
          <span class="number">{bytes(sentBytes)}</span>
        </li>
      ))}
    </ul>
  )
}
