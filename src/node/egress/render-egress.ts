import pc from 'picocolors'
import { terminalTable } from '../terminal-table.ts'
import { bytes } from '../units.ts'
import type { EgressContribution, EgressRecipient, EgressReport } from './egress-report.ts'
import type { Egress, EgressLog } from './read-egress.ts'

/** For people: contributions and who has them, totals of days and of recipients; tensor by tensor where that is asked for. */
export function renderEgress(egress: Egress, withTensors: boolean): string {
  const { log, contributions, scores } = egress
  return [
    `What has left ${pc.bold(log.name)}  ${log.peer}`,
    `${log.entries} entries of ${log.file}, head ${log.head}`,
    ...warnings(log),
    '',
    contributions.length === 0 ? 'no contribution has been published' : contributionTable(contributions),
    ...(withTensors ? contributions.flatMap(tensorLines) : []),
    'Of each contribution all members got the header: samples by class, and digests. The payload went to those named.',
    scores.length === 0
      ? 'No held-out numbers were told to anybody.'
      : `Held-out numbers were told to all members ${scores.length} times, last at ${scores.at(-1)!.at}.`,
    ...totals(egress),
    'What a member has passed on to another is not seen from here, except that the other says that it has it.',
  ].join('\n')
}

function warnings({ problem, putAside }: EgressLog): string[] {
  return [
    ...(problem === null ? [] : [pc.red(`THE LOG DOES NOT HOLD from there on: ${problem}`)]),
    ...putAside.map((file) => pc.yellow(`not counted: ${file}, which did not hold and was put aside; peermerge egress --log reads what is good of it`)), // prettier-ignore
  ]
}

function contributionTable(contributions: readonly EgressContribution[]): string {
  const rows = contributions.map((one) => [
    String(one.sequence),
    one.kind,
    minute(one.publishedAt) + (one.isLate ? ' *' : ''),
    String(one.samples),
    one.tensors === null ? 'not here' : String(one.tensors.length),
    bytes(one.payload.bytes),
    String(one.clipping),
    String(one.noise),
    one.recipients.map((recipient) => recipientText(recipient, one)).join(', ') || 'nobody yet',
  ])
  const head = ['number', 'kind', 'published', 'samples', 'tensors', 'payload', 'clipping', 'noise', 'who has it'] // prettier-ignore
  const late = contributions.some(({ isLate }) => isLate)
  const note = late ? '\n* found at a later start, and not recorded as it happened' : ''
  return terminalTable(head, rows) + note
}

function recipientText({ name, bytes: sent, hasAllAt }: EgressRecipient, one: EgressContribution): string {
  if (sent === 0) return `${name} (from others)`
  if (hasAllAt !== null || sent >= one.payload.bytes) return name
  return `${name} (${bytes(sent)} of it)`
}

function tensorLines({ sequence, tensors, samples }: EgressContribution): string[] {
  if (tensors === null) return []
  const rows = tensors.map(({ name, type, shape, bytes: size, digest }) => [name, type, shape.join('×'), String(size), digest.slice(0, 12)]) // prettier-ignore
  const title = `\nnumber ${sequence}, each tensor of ${samples} samples`
  return [title, terminalTable(['tensor', 'type', 'shape', 'bytes', 'digest'], rows)]
}

function totals({ days, recipients, unknownBytes }: EgressReport): string[] {
  const dayRows = days.map((day) => [day.day, String(day.contributions), bytes(day.publishedBytes), bytes(day.sentBytes), day.recipients.join(', ')]) // prettier-ignore
  const peerRows = recipients.map(({ name, peer, bytes: sent, fetched, holds }) => [name, peer, String(fetched), String(holds), bytes(sent)]) // prettier-ignore
  return [
    ...(days.length === 0 ? [] : ['', terminalTable(['day (UTC)', 'contributions', 'their payloads', 'sent', 'to'], dayRows)]), // prettier-ignore
    ...(recipients.length === 0 ? [] : [terminalTable(['recipient', 'peer id', 'fetched from here', 'has whole', 'sent to it'], peerRows)]), // prettier-ignore
    ...(unknownBytes === 0 ? [] : [`${bytes(unknownBytes)} were sent of contributions that this log does not name`]), // prettier-ignore
  ]
}

function minute(time: string): string {
  return time.slice(0, 16).replace('T', ' ')
}
