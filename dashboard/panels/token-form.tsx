import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { tokenIn } from '../token.ts'

interface TokenFormProps {
  /** A token was given and is not the node's. */
  readonly isRefused: boolean
  readonly onToken: (token: string) => void
}

export function TokenForm({ isRefused, onToken }: TokenFormProps): JSX.Element {
  const [text, setText] = useState('')
  const submit = (event: Event): void => {
    event.preventDefault()
    if (text.trim() !== '') onToken(tokenIn(text))
  }
  return (
    <main class="token">
      <h1>peermerge</h1>
      {isRefused ? (
        <p role="alert">
          That token is not this node’s. A node takes a new one at every start, unless a token file is set.
        </p>
      ) : (
        <p>This page needs the token of the node.</p>
      )}
      <p>
        On the machine of the node, <code>peermerge dashboard --home DIR</code> prints an address that has it.
      </p>
      <form onSubmit={submit}>
        <label for="token">Token, or the whole address</label>
        <input
          id="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit">Show the dashboard</button>
      </form>
    </main>
  )
}
