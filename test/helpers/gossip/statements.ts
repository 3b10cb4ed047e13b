import { createHash } from 'node:crypto'
import { foldLedger } from '../../../src/gossip/ledger/fold-ledger.ts'
import type {
  Action,
  Genesis,
  LedgerState,
  OpenedStatement,
  TaskAction,
} from '../../../src/gossip/ledger/types.ts'

/** Statements of peers with short names and no keys, as the fold sees them once they have been opened. */
export class Story {
  readonly genesis: Genesis
  readonly all: OpenedStatement[] = []

  constructor(...members: string[]) {
    this.genesis = { consortium: 'story', members: members.map((id) => ({ id, name: `site ${id}` })) }
  }

  /** Signed with these in mind. `salt` changes the id and nothing else. */
  say(author: string, action: Action, after: readonly OpenedStatement[] = [], salt = ''): OpenedStatement {
    const parents = after.map(({ id }) => id).sort()
    const statement = { v: 1, consortium: 'story', author, parents, action } as const
    const text = JSON.stringify([statement, salt], (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
    )
    const id = createHash('sha256').update(text).digest('hex')
    const opened = { id, statement, bytes: Buffer.from(text) }
    this.all.push(opened)
    return opened
  }

  /** As `say`, with a salt for which the id sorts before (or after) that of another. */
  sayWithId(
    where: 'before' | 'after',
    other: OpenedStatement,
    author: string,
    action: Action,
    after: readonly OpenedStatement[] = [],
  ): OpenedStatement {
    for (let salt = 0; ; salt++) {
      const opened = this.say(author, action, after, String(salt))
      if (opened.id < other.id === (where === 'before')) return opened
      this.all.pop()
    }
  }

  state(statements: readonly OpenedStatement[] = this.all): LedgerState {
    return foldLedger(this.genesis, statements)
  }

  members(): string {
    return [...this.state().members.keys()].join(' ')
  }

  why(statement: OpenedStatement): string | undefined {
    return this.state().void.get(statement.id)
  }
}

export const add = (peer: string): Action => ({
  type: 'add',
  peer,
  name: `site ${peer}`,
  ticket: null,
  request: null,
})
export const remove = (peer: string, past: 'keep' | 'exclude' = 'keep', upTo = 0): Action => ({
  type: 'remove',
  peer,
  past,
  upTo,
})
export const replace = (peer: string, next: string, upTo = 0): Action => ({
  type: 'replace',
  peer,
  next,
  upTo,
  request: Uint8Array.of(1),
})
export const amend = (
  from: string,
  charter: string,
  carries: 'contributions' | 'nothing' = 'contributions',
): Action => ({
  type: 'amend',
  from,
  charter: Buffer.from(charter),
  carries,
})
export const withdraw = (upTo: number): Action => ({ type: 'withdraw', upTo })
/** Classes by letters: `task('animals', 'cd', 'c')`. */
export const task = (name: string, classes: string, held = ''): TaskAction => ({
  type: 'task',
  name,
  classes: Array.from(classes),
  held: Array.from(held),
})

export const part = (contributes: boolean): Action => ({ type: 'part', contributes })

/** Everything of a state, in a form that can be compared. */
export function comparable(state: LedgerState): unknown {
  return JSON.parse(
    JSON.stringify(state, (_, value: unknown) =>
      value instanceof Map || value instanceof Set ? [...value] : value,
    ),
  )
}
