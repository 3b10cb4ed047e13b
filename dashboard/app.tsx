import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Header } from './panels/header.tsx'
import { TokenForm } from './panels/token-form.tsx'
import { Panels } from './panels/panels.tsx'
import { forgetToken, keepToken, takeToken } from './token.ts'
import { useTheme } from './use-theme.ts'
import { useNow, useView } from './use-view.ts'
import type { View } from './view.ts'

export function App(): JSX.Element {
  const [token, setToken] = useState(takeToken)
  const theme = useTheme()
  const view = useView(token)
  const now = useNow(view.clockAhead)
  const isRefused = view.connection === 'refused'
  useEffect(() => {
    const said = (): void => setToken(takeToken())
    addEventListener('hashchange', said)
    return () => removeEventListener('hashchange', said)
  }, [])
  useEffect(() => {
    if (isRefused) forgetToken()
  }, [isRefused])
  useTitle(view)
  if (token === null || isRefused) {
    const enter = (text: string): void => {
      keepToken(text)
      setToken(text)
    }
    return <TokenForm isRefused={isRefused} onToken={enter} />
  }
  if (view.state === null) return <Waiting connection={view.connection} />
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Header state={view.state} connection={view.connection} now={now} theme={theme} />
      <main id="main" tabIndex={-1}>
        <Panels view={view} state={view.state} now={now} isDark={theme.isDark} />
      </main>
    </>
  )
}

function Waiting({ connection }: Pick<View, 'connection'>): JSX.Element {
  const text = connection === 'lost' ? 'The node does not answer; trying again…' : 'Connecting to the node…'
  return (
    <main class="token">
      <h1>peermerge</h1>
      <p role="status">{text}</p>
    </main>
  )
}

function useTitle({ state }: View): void {
  const title = state === null ? 'peermerge' : `${state.site.name} · ${state.agreement.holding}/${state.agreement.of} agree` // prettier-ignore
  useEffect(() => {
    document.title = title
  }, [title])
}
