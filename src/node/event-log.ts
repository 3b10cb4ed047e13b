import { describeEvent } from './describe-event.ts'
import type { EventHub } from './event-hub.ts'
import type { Logger } from './logger.ts'
import type { NodeEvent } from './node-event.ts'

type Level = 'warn' | 'info' | 'debug' | 'trace'

/** What a node tells goes into its log, too; problems are logged where they arise. */
const LEVELS: { readonly [Type in NodeEvent['type']]: Level | null } = {
  activity: 'debug',
  progress: 'trace',
  published: 'info',
  admitted: 'info',
  rejected: 'warn',
  merged: 'info',
  served: 'debug',
  holder: 'debug',
  'publish-gate': null,
  'scores-shared': 'debug',
  statement: 'info',
  scored: 'info',
  personal: 'info',
  candidate: 'info',
  chosen: 'info',
  peer: 'info',
  path: 'info',
  agreement: 'info',
  refused: null,
  equivocation: 'warn',
  member: 'info',
  task: 'info',
  charter: 'info',
  tasks: 'info',
  round: 'info',
  'numbers-skipped': 'info',
  'join-request': 'info',
  quota: 'warn',
  skipped: 'info',
  problem: null,
  done: 'info',
  outbox: 'info',
  policy: 'info',
  quiet: 'info',
  stopped: 'info',
}

/** Logs events by type; whoever is spoken of is named as `peer` and `member`. */
export function logEvents(hub: EventHub, logger: Logger): void {
  hub.subscribe((event) => {
    const level = LEVELS[event.type]
    if (level !== null)
      logger[level]({ event: event.type, ...factsOf(event) }, describeEvent(event) ?? event.type)
  })
}

function factsOf(event: NodeEvent): object {
  const who = 'peer' in event && 'name' in event ? { peer: event.peer, member: event.name } : {}
  return 'sequence' in event ? { ...who, id: event.id, sequence: event.sequence } : who
}
