import type { NodeEvent } from './node-event.ts'
import { counted } from './units.ts'

type Describe<Type extends NodeEvent['type']> = (
  event: Extract<NodeEvent, { type: Type }>,
) => string | undefined

const OUTBOX_TEXT = {
  held: 'is held in the outbox',
  released: 'was released from the outbox',
  refused: 'was refused in the outbox',
  lapsed: 'has lapsed in the outbox',
} as const

const DESCRIPTIONS: { readonly [Type in NodeEvent['type']]: Describe<Type> } = {
  activity: ({ activity }) => activity.text,
  progress: ({ progress: { phase, done, total, samplesPerSecond } }) =>
    `${phase} ${done}/${total}, ${samplesPerSecond.toFixed(0)} samples/s`,
  published: ({ kind, sequence, count, bytes }) =>
    `published ${kind} ${sequence} (${count} samples, ${(bytes / 1000).toFixed(0)} kB)`,
  admitted: () => undefined,
  rejected: ({ name, kind, sequence, reason }) => `rejected ${name}'s ${kind} ${sequence}: ${reason}`,
  served: ({ name, bytes, id }) =>
    `${name} has fetched ${(bytes / 1000).toFixed(0)} kB of ${id.slice(0, 12)}`,
  holder: ({ name, id }) => `${name} has all of ${id.slice(0, 12)}`,
  'publish-gate': () => undefined, // told as a problem, too
  'scores-shared': ({ merge }) => `tells the others how merge ${merge.slice(0, 12)} does here`,
  statement: ({ name, text }) => `${name} says: ${text}`,
  merged: ({ cut, digest }) => `merged ${counted(cut.length, 'contribution')}: ${digest.slice(0, 12)}`,
  scored: ({ merge, tasks }) =>
    tasks.length === 0
      ? undefined
      : `scored merge ${merge.slice(0, 12)}: ${tasks.map((task) => `${task.correct} of ${task.count}`).join(', ')} held-out samples right`,
  personal: ({ samples, personal, merged, others, renewal, offered }) =>
    `${ownModel(renewal)}, with ${others.length === 0 ? 'nobody yet' : others.join(', ')}: ${personal} of ${samples} held-out samples right` +
    (renewal === null ? '' : `, ${renewal.before} before`) +
    (merged === null ? '' : `, the merge ${merged}`) +
    (offered === 'merged' ? ', which is offered in its place' : ''),
  candidate: ({ kind, digest, adopted, reason }) =>
    `${adopted ? 'serves' : 'does not serve'} ${kind === 'merged' ? 'merge' : 'own model'} ${digest.slice(0, 12)}: ${reason}`,
  chosen: ({ kind, digest, who, reason }) =>
    `serves ${kind} ${digest.slice(0, 12)}, as ${who ?? 'a person'} wants: ${reason}`,
  peer: ({ name, connected }) => `${name} ${connected ? 'connected' : 'disconnected'}`,
  path: ({ name, path, address }) =>
    `${name} is reached ${path === 'direct' ? 'directly' : 'through a relay'} (${address})`,
  agreement: ({ text }) => `agreement: ${text}`,
  refused: () => undefined, // told as a problem, too
  equivocation: ({ name }) => `${name} signed two contributions under one number; both are left out`,
  member: ({ name, change }) =>
    `${name} ${change === 'joined' ? 'is a member now' : 'is no member any more'}`,
  task: ({ name, classes, openedBy }) =>
    `${openedBy} has opened task "${name}" of ${classes} classes: peermerge task list`,
  charter: ({ charter, before }) =>
    `goes by charter ${charter.slice(0, 12)} now, no longer by ${before.slice(0, 12)}`,
  tasks: ({ tasks }) => `goes by the tasks ${tasks.join(', ')} now`,
  round: ({ round, contributions, next }) =>
    `round ${round} is decided, of ${counted(contributions, 'contribution')}; next: ${next.text}`,
  'numbers-skipped': ({ to, silent }) =>
    `numbering goes on at ${to}, as ${silent.join(', ')} may have seen more`,
  'join-request': ({ name, fingerprint, replaces }) =>
    `${name} ${fingerprint} asks to join${replaces === null ? '' : ` in place of ${replaces}`}: peermerge accept, or refuse, ${fingerprint}`,
  quota: ({ text }) => text,
  outbox: ({ state, kind, sequence, id, by, reason }) =>
    `${kind} ${sequence} ${OUTBOX_TEXT[state]}${by === null ? '' : ` by ${by}`}${reason === '' ? '' : `: ${reason}`}` +
    (state === 'held' ? ` (peermerge outbox show ${id.slice(0, 12)})` : ''),
  policy: ({ policy, problem }) =>
    problem === null
      ? `goes by ${policy === null ? 'no policy' : `policy ${policy.slice(0, 12)}`} now`
      : `nothing leaves: ${problem}`,
  quiet: ({ what, until }) =>
    until === null ? `quiet hours are over for ${what}` : `quiet hours: no ${what} until ${until}`,
  skipped: ({ where, reason }) => `skipped ${where}: ${reason}`,
  problem: ({ code, message }) => `${code}: ${message}`,
  done: () => 'done',
  stopped: () => undefined,
}

function ownModel(renewal: Extract<NodeEvent, { type: 'personal' }>['renewal']): string {
  if (renewal === null) return 'own model'
  const { outcome, gone } = renewal
  const without = gone.length === 0 ? '' : ` without ${gone.join(', ')}`
  return outcome === 'declined' ? 'own model stays as it was; renewed' : `own model renewed${without}`
}

/** Every type of event. */
export const EVENT_TYPES = Object.keys(DESCRIPTIONS) as readonly NodeEvent['type'][]

/** One short phrase for an event; undefined where nothing is worth saying. */
export function describeEvent(event: NodeEvent): string | undefined {
  const describe = DESCRIPTIONS[event.type] as (event: NodeEvent) => string | undefined
  return describe(event)
}
