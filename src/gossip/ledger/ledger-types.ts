import type { Identity } from '../identity.ts'
import type { Logger } from '../types.ts'
import type { Clock } from '../wire/clock.ts'
import type { Genesis, OpenedStatement } from './types.ts'

/** What a ledger asks of the disk. */
export interface LedgerStore {
  /** Encoded statements in any order. */
  load(): Promise<readonly Uint8Array[]>
  /** Resolves when all of them would survive a crash. */
  append(statements: readonly Pick<OpenedStatement, 'id' | 'bytes'>[]): Promise<void>
}

export interface LedgerInit {
  readonly genesis: Genesis
  /** Signs what this node says. */
  readonly identity: Identity
  readonly store: LedgerStore
  readonly logger: Logger
  /**
   * Whether these bytes are a charter of this consortium, whatever else is known: all peers must come to the same answer.
   *
   * @throws Error - they are not; the statement is refused for good
   */
  readonly checkCharter: (charter: Uint8Array) => void
  /** @default the machine's */
  readonly clock?: Clock
}

/** What became of a statement. `id` is absent when nothing in it can be trusted. */
export type StatementReceipt =
  | { readonly kind: 'known' | 'kept'; readonly id: string }
  /** A parent has not come yet. It is not on disk. */
  | { readonly kind: 'waiting'; readonly id: string }
  | { readonly kind: 'refused'; readonly id?: string; readonly reason: string }

export interface LedgerEvents {
  /** On disk, about to be counted; brought by this peer, or said by this node. */
  entered: [opened: OpenedStatement, bearer: string]
  /** `ledger.state` is another one. */
  changed: []
}
