import {
  MAX_CHARTER_BYTES,
  MAX_ENVELOPE_BYTES,
  MAX_JOIN_REQUEST_BYTES,
  MAX_TICKET_BYTES,
} from '../constants.ts'
import { digestBytes, type Fields } from '../wire/wire.ts'
import { readTask } from './read-task.ts'
import type { Action } from './types.ts'

const TYPES = ['add', 'remove', 'replace', 'amend', 'withdraw', 'equivocation', 'task', 'part'] as const
const MAX_SEQUENCE = Number.MAX_SAFE_INTEGER

/** The same fields, digests as bytes. */
export function actionToWire(action: Action): object {
  return action.type === 'amend' ? { ...action, from: digestBytes(action.from) } : action
}

/** @throws RefusedError `malformed` */
export function readAction(fields: Fields): Action {
  const type = fields.oneOf('type', TYPES)
  const upTo = (): number => fields.integer('upTo', 0, MAX_SEQUENCE)
  switch (type) {
    case 'add':
      return {
        type,
        peer: fields.peer('peer'),
        name: fields.name('name'),
        ticket: fields.optionalBytes('ticket', MAX_TICKET_BYTES),
        request: fields.optionalBytes('request', MAX_JOIN_REQUEST_BYTES),
      }
    case 'remove':
      return {
        type,
        peer: fields.peer('peer'),
        past: fields.oneOf('past', ['keep', 'exclude']),
        upTo: upTo(),
      }
    case 'replace':
      return {
        type,
        peer: fields.peer('peer'),
        next: fields.peer('next'),
        upTo: upTo(),
        request: fields.bytes('request', 1, MAX_JOIN_REQUEST_BYTES),
      }
    case 'amend':
      return {
        type,
        from: fields.digest('from'),
        charter: fields.bytes('charter', 1, MAX_CHARTER_BYTES),
        carries: fields.oneOf('carries', ['contributions', 'nothing']),
      }
    case 'withdraw':
      return { type, upTo: upTo() }
    case 'equivocation':
      return {
        type,
        first: fields.bytes('first', 1, MAX_ENVELOPE_BYTES),
        second: fields.bytes('second', 1, MAX_ENVELOPE_BYTES),
      }
    case 'task':
      return readTask(fields)
    case 'part':
      return { type, contributes: fields.flag('contributes') }
  }
}
