import type { JSX } from 'preact'
import type { OutboxSummary } from '../../src/node/dashboard/wire.ts'
import { ago, bytes, duration, plural } from '../format.ts'
import { Panel } from '../parts/panel.tsx'
import { ScrollTable } from '../parts/scroll-table.tsx'

interface OutboxProps {
  readonly outbox: OutboxSummary
  readonly now: number
}

/** What is held, and by which command a person lets it leave; the page itself releases nothing. */
export function OutboxPanel({ outbox, now }: OutboxProps): JSX.Element {
  const { problem, held, released, items, required } = outbox
  const [first] = items
  return (
    <Panel id="outbox" title="Outbox" note={required && 'a person releases'}>
      {problem !== null && <p class="bad">Nothing leaves: {problem}</p>}
      {held === 0 ? <p class="empty">{emptyText(outbox)}</p> : <Held {...outbox} now={now} />}
      {released > 0 && <p>{plural(released, 'contribution')} released, not sent yet.</p>}
      {first !== undefined && (
        <p class="foot">
          See it: <code>peermerge outbox show {first.id}</code>
          <br />
          Let it leave: <code>peermerge outbox release {first.id} --by NAME</code>
          <br />
          Keep it here: <code>peermerge outbox refuse {first.id} --by NAME</code>
        </p>
      )}
    </Panel>
  )
}

function emptyText({ required }: OutboxSummary): string {
  return required
    ? 'Nothing is held. What this site makes next waits here for a named person.'
    : 'The policy asks for no release: what this site makes leaves at once.'
}

function Held({
  held,
  heldBytes,
  since,
  required,
  items,
  now,
}: OutboxSummary & { readonly now: number }): JSX.Element {
  return (
    <>
      <p class="sum">
        <b class="warn">{plural(held, 'contribution')}</b> of {bytes(heldBytes)} held for{' '}
        {duration(now - since!)}:{' '}
        {required
          ? 'policy.json says outbox, so nothing leaves before a named person has released it.'
          : 'policy.json asks for no release any more, and what was held before waits on.'}
      </p>
      <ScrollTable
        label="What is held, oldest first"
        head={['id', 'kind', 'samples', 'payload', 'held']}
        numeric={[2, 3]}
      >
        {items.map(({ id, kind, sequence, samples, bytes: size, heldAt }) => (
          <tr key={id}>
            <th scope="row">
              <code>{id}</code>
            </th>
            <td>
              {kind} {sequence}
            </td>
            <td class="number">{samples.toLocaleString('en')}</td>
            <td class="number">{bytes(size)}</td>
            <td>{ago(heldAt, now)}</td>
          </tr>
        ))}
      </ScrollTable>
    </>
  )
}
