import { decodeEnvelope, type Action } from '../../gossip/records.ts'
import { decodeHeader } from '../../merge/index.ts'
import { describeWho } from './find-who.ts'

/** What a statement does, in words and with names. */
export function actionText(action: Action, nameOf: (peer: string) => string): string {
  const who = (peer: string): string => describeWho({ peer, name: nameOf(peer) })
  switch (action.type) {
    case 'add':
      return `add ${describeWho({ peer: action.peer, name: action.name })}`
    case 'remove':
      return `remove ${who(action.peer)}, past: ${action.past}`
    case 'replace':
      return `replace ${who(action.peer)} by ${describeWho({ peer: action.next, name: 'key' })}`
    case 'amend':
      return `amend the charter ${action.from.slice(0, 12)}, carries: ${action.carries}`
    case 'withdraw':
      return `withdraw its contributions up to number ${action.upTo}`
    case 'equivocation':
      return `${who(decodeHeader(decodeEnvelope(action.first).header).peer)} has signed two contributions under one number`
    case 'task':
      return `task ${JSON.stringify(action.name)} of ${action.classes.length} classes, ${action.held.length} of them held here`
    case 'part':
      return action.contributes ? 'contributes from now on' : 'only listens from now on'
  }
}
