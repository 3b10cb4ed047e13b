import type { JSX } from 'preact'
import { memo } from 'preact/compat'
import { useState } from 'preact/hooks'
import type { DashboardMember } from '../../src/node/dashboard/wire.ts'
import { ago, plural } from '../format.ts'
import { Panel } from '../parts/panel.tsx'
import { ScrollTable } from '../parts/scroll-table.tsx'

interface MembersProps {
  readonly members: readonly DashboardMember[]
  readonly count: number
  readonly now: number
}

/** Ages are told to the minute, so that rows of thousands are not drawn anew for a second. */
const MINUTE = 60_000

export function MembersPanel({ members, count, now }: MembersProps): JSX.Element {
  const [asked, ask] = useState('')
  const wanted = asked.trim().toLowerCase()
  const shown = members.filter(
    ({ name, id }) => name.toLowerCase().includes(wanted) || id.includes(asked.trim()),
  )
  const minute = Math.floor(now / MINUTE) * MINUTE
  return (
    <Panel
      id="members"
      title="Members"
      note={
        <>
          {count > members.length && <span>{plural(count - members.length, 'member')} not listed</span>}
          {members.length > 8 && (
            <label>
              <span class="hidden">Find a member</span>
              <input
                type="search"
                placeholder="find…"
                value={asked}
                onInput={(event) => ask(event.currentTarget.value)}
              />
            </label>
          )}
        </>
      }
    >
      <ScrollTable
        label="Table of members"
        head={['member', 'reached', 'contributed', 'in merge', 'newest', 'agreement']}
        numeric={[2, 3]}
      >
        {shown.map((member) => (
          <Row key={member.id} member={member} minute={minute} />
        ))}
      </ScrollTable>
      {shown.length === 0 && <p class="empty">no member is called so</p>}
    </Panel>
  )
}

const Row = memo(({ member, minute }: { readonly member: DashboardMember; readonly minute: number }) => (
  <tr class={member.removed ? 'removed' : ''}>
    <th scope="row" title={member.id}>
      {member.name}
      {member.self && <span class="quiet"> (this site)</span>}
      {member.removed && <span class="quiet"> (removed)</span>}
    </th>
    <td>
      <Reached member={member} minute={minute} />
    </td>
    <td class="number">{member.contributed}</td>
    <td class="number">{member.included}</td>
    <td>{member.newestAt === null ? '–' : ago(member.newestAt, minute + MINUTE)}</td>
    <td>
      <Agreement member={member} />
    </td>
  </tr>
))

function Reached({
  member,
  minute,
}: {
  readonly member: DashboardMember
  readonly minute: number
}): JSX.Element {
  const { self, path, rttMs, lastSeen } = member
  if (self) return <span class="quiet">–</span>
  if (path === null)
    return <span class="warn">not · {lastSeen === null ? 'never seen' : ago(lastSeen, minute + MINUTE)}</span>
  return (
    <span>
      {path}
      {rttMs !== null && <span class="quiet"> {rttMs < 10 ? rttMs.toFixed(1) : rttMs.toFixed(0)} ms</span>}
    </span>
  )
}

function Agreement({ member }: { readonly member: DashboardMember }): JSX.Element {
  const { complaint, agreement, agreementIsCurrent } = member
  if (complaint === null) return <span class="good">agrees</span>
  const tone = agreement === 'contradicts' ? 'bad' : agreementIsCurrent ? 'warn' : 'quiet'
  return (
    <span class={`cut ${tone}`} title={complaint}>
      {complaint}
    </span>
  )
}
