import type { Ledger, OpenedStatement } from '../../gossip/index.ts'
import type { EventHub } from '../event-hub.ts'
import type { NodeEvent } from '../node-event.ts'
import { actionText } from './action-text.ts'
import { nameOf } from './members-report.ts'

type StatementEvent = Extract<NodeEvent, { type: 'statement' }>

/** Tells of each statement that comes into the ledger, whoever has signed it and whether or not it has an effect. */
export function tellStatements(ledger: Pick<Ledger, 'state' | 'events'>, hub: EventHub): void {
  ledger.events.on('entered', (opened) => hub.emit(statementEvent(ledger, opened)))
}

/** With names as the ledger has them now. */
export function statementEvent(
  { state }: Pick<Ledger, 'state'>,
  { id, statement: { author, action } }: OpenedStatement,
): StatementEvent {
  const name = (peer: string): string => nameOf(state, peer)
  const text = actionText(action, name)
  return { type: 'statement', id, author, name: name(author), action: action.type, text }
}
