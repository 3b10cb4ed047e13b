import { describeEvent } from '../describe-event.ts'
import type { ContributionNotice, NodeEvent } from '../node-event.ts'
import { bytes } from '../units.ts'
import type { TimelineEntry, TimelineKind } from './wire.ts'

/** Null: not worth a line. */
const KIND_OF: { readonly [Type in NodeEvent['type']]: TimelineKind | null } = {
  activity: 'work',
  progress: null,
  published: 'contribution',
  admitted: 'contribution',
  rejected: 'problem',
  merged: 'merge',
  served: 'egress',
  holder: 'egress',
  'publish-gate': null, // told as a problem, too
  scored: 'score',
  'scores-shared': 'egress',
  personal: 'score',
  candidate: 'serving',
  chosen: 'serving',
  peer: 'network',
  path: 'network',
  agreement: 'merge',
  'join-request': 'members',
  refused: null, // told as a problem, too
  equivocation: 'problem',
  statement: 'members',
  member: 'members',
  task: 'members',
  charter: 'members',
  tasks: 'members',
  round: 'merge',
  'numbers-skipped': 'work',
  quota: 'problem',
  policy: 'work',
  outbox: 'egress',
  quiet: 'work',
  skipped: 'problem',
  problem: 'problem',
  done: 'work',
  stopped: 'work',
}

/** Longest text of a line; names and reasons come from others. */
const MAX_TEXT = 400

/** A line of the timeline; undefined where an event is not worth one. */
export function entryOfEvent(event: NodeEvent, at: number): Omit<TimelineEntry, 'n'> | undefined {
  const kind = KIND_OF[event.type]
  const text = event.type === 'admitted' ? admittedText(event) : describeEvent(event)
  if (kind === null || text === undefined) return undefined
  const accuracy = event.type === 'scored' ? accuracyOf(event.tasks) : undefined
  return { at, kind, text: shortened(text), ...(accuracy !== undefined && { accuracy }) }
}

export function shortened(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`
}

function admittedText({ name, kind, sequence, count, bytes: size }: ContributionNotice): string {
  return `${name}'s ${kind} ${sequence} is here (${count} samples, ${bytes(size)})`
}

function accuracyOf(
  tasks: readonly { readonly correct: number; readonly count: number }[],
): number | undefined {
  const of = tasks.reduce((sum, { count }) => sum + count, 0)
  return of === 0 ? undefined : tasks.reduce((sum, { correct }) => sum + correct, 0) / of
}
