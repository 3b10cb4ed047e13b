import type { JSX } from 'preact'
import type { DashboardState } from '../../src/node/dashboard/wire.ts'
import { clock } from '../format.ts'
import { Panel } from '../parts/panel.tsx'

export function ProblemsPanel({
  problems,
  now,
}: Pick<DashboardState, 'problems'> & { readonly now: number }): JSX.Element {
  return (
    <Panel id="problems" title="Problems">
      {problems.length === 0 ? (
        <p class="empty">none</p>
      ) : (
        <div class="problems" role="region" aria-label="Problems, newest first" tabIndex={0}>
          <ol>
            {[...problems].reverse().map(({ at, code, message }, i) => (
              <li key={i}>
                <time class="quiet" dateTime={new Date(at).toISOString()}>
                  {clock(at, now)}
                </time>{' '}
                <code class="bad">{code}</code> {message}
              </li>
            ))}
          </ol>
        </div>
      )}
    </Panel>
  )
}
