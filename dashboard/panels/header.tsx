import type { JSX } from 'preact'
import type { DashboardState } from '../../src/node/dashboard/wire.ts'
import { duration, percent } from '../format.ts'
import { THEMES, type Theme } from '../use-theme.ts'
import type { ConnectionState } from '../view.ts'

interface HeaderProps {
  readonly state: DashboardState
  readonly connection: ConnectionState
  readonly now: number
  readonly theme: { readonly theme: Theme; readonly choose: (theme: Theme) => void }
}

const CONNECTION: Readonly<Record<ConnectionState, string>> = {
  connecting: 'connecting',
  live: 'live',
  lost: 'node does not answer',
  refused: 'refused',
  stopped: 'node has stopped',
}

export function Header({ state, connection, now, theme }: HeaderProps): JSX.Element {
  const { site, startedAt, version } = state
  return (
    <header class="top">
      <div class="who">
        <h1>{site.name}</h1>
        <p>
          <span title={`consortium ${site.consortium}`}>{site.charterName}</span>
          <span class="quiet" title={site.peer}>
            {' '}
            · …{site.peer.slice(-8)} · v{version} · up {duration(now - startedAt)}
          </span>
        </p>
      </div>
      <Activity {...state} />
      <div class="right">
        <span class={`live ${connection}`} role="status">
          <span class="dot" aria-hidden="true" />
          {CONNECTION[connection]}
        </span>
        <label class="theme">
          <span class="hidden">Theme</span>
          <select value={theme.theme} onChange={(event) => theme.choose(event.currentTarget.value as Theme)}>
            {THEMES.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
      </div>
    </header>
  )
}

function Activity({ activity, progress }: DashboardState): JSX.Element {
  const share = progress === null || progress.total === 0 ? null : progress.done / progress.total
  return (
    <div class="activity">
      <p>
        <strong class={activity.kind === 'failed' ? 'bad' : ''}>{activity.kind}</strong> {activity.text}
      </p>
      {share !== null && progress !== null && (
        <p class="progress">
          <progress max={1} value={share} aria-label={`${progress.phase}: how far it is`} />
          <span class="quiet">
            {progress.phase} {percent(share, 0)} · {progress.samplesPerSecond.toFixed(0)} samples/s
          </span>
        </p>
      )}
    </div>
  )
}
