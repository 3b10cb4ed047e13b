const KEY = 'peermerge-token'

/** The token of the address, which is taken out of it, or of this tab before; null where there is none. */
export function takeToken(): string | null {
  const said = new URLSearchParams(location.hash.slice(1)).get('token')
  if (said === null) return sessionStorage.getItem(KEY)
  keepToken(said)
  history.replaceState(null, '', location.pathname)
  return said
}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token)
}

export function forgetToken(): void {
  sessionStorage.removeItem(KEY)
}

/** What a person pastes: the token, or the whole address that the command prints. */
export function tokenIn(text: string): string {
  return /#token=([^&\s]+)/.exec(text)?.[1] ?? text.trim()
}
