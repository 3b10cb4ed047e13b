import type { JSX } from 'preact'
import type { DashboardState } from '../../src/node/dashboard/wire.ts'
import { ago, duration, plural } from '../format.ts'
import { Panel } from '../parts/panel.tsx'

type InvitationsProps = Pick<DashboardState, 'requests' | 'tickets' | 'votes'> & { readonly now: number }

/** What waits for a person: the page says by which command, as it changes nothing itself. */
export function InvitationsPanel({ requests, tickets, votes, now }: InvitationsProps): JSX.Element {
  const isEmpty = requests.length + tickets.length + votes.length === 0
  return (
    <Panel id="invitations" title="Invitations and votes">
      {isEmpty && (
        <p class="empty">Nobody asks to join, no ticket of this site is open, nothing is voted on.</p>
      )}
      {requests.length > 0 && (
        <>
          <h3>{plural(requests.length, 'site asks', 'sites ask')} to join</h3>
          <ul class="asks">
            {requests.map(({ name, fingerprint, at, replaces }) => (
              <li key={fingerprint}>
                <b>{name}</b>
                {replaces !== null && ` in place of ${replaces}`} <span class="quiet">{ago(at, now)}</span>
                <code>peermerge accept {fingerprint}</code>
              </li>
            ))}
          </ul>
        </>
      )}
      {tickets.length > 0 && (
        <>
          <h3>{plural(tickets.length, 'ticket')} of this site still open</h3>
          <ul class="asks">
            {tickets.map(({ fingerprint, expires, used, uses }) => (
              <li key={fingerprint}>
                <code>{fingerprint}</code> used {used} of {uses}{' '}
                <span class="quiet">for another {duration(expires - now)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {votes.length > 0 && (
        <>
          <h3>{plural(votes.length, 'vote')} under way</h3>
          <ul class="asks">
            {votes.map(({ text, votes: cast, needed }) => (
              <li key={text}>
                <b>{text}</b> {cast.length} of {needed} needed <span class="quiet">{cast.join(', ')}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  )
}
