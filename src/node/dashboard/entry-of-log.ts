import type { AuditEntry } from '../audit/audit-entry.ts'
import { factsOf } from '../audit/audit-kinds.ts'
import { shortened } from './entry-of-event.ts'
import type { TimelineEntry, TimelineKind } from './wire.ts'
import { counted } from '../units.ts'

type Line = readonly [TimelineKind, string]

/** A line of the timeline for an entry of the site's log; undefined where it is not worth one. */
export function entryOfLog(entry: AuditEntry): Omit<TimelineEntry, 'n'> | undefined {
  const line = contributionLine(entry) ?? modelLine(entry) ?? memberLine(entry)
  return line && { at: entry.time, kind: line[0], text: shortened(line[1]) }
}

function contributionLine(entry: AuditEntry): Line | undefined {
  const own = factsOf(entry, 'contribution-published')
  if (own !== undefined) return ['contribution', `published ${own.kind} ${own.sequence} (${own.samples} samples)`] // prettier-ignore
  const other = factsOf(entry, 'contribution-admitted')
  if (other !== undefined) return ['contribution', `${other.name}'s contribution ${other.sequence} is here`]
  const bad = factsOf(entry, 'contribution-rejected')
  return bad && ['problem', `rejected ${bad.name}'s contribution ${bad.sequence}: ${bad.reason}`]
}

function modelLine(entry: AuditEntry): Line | undefined {
  const merge = factsOf(entry, 'merge-computed')
  if (merge !== undefined) return ['merge', `merged ${counted(merge.contributions, 'contribution')}: ${merge.digest.slice(0, 12)}`] // prettier-ignore
  const adopted = factsOf(entry, 'model-adopted')
  return adopted && ['serving', `serves ${adopted.model} ${adopted.digest.slice(0, 12)}: ${adopted.reason}`]
}

function memberLine(entry: AuditEntry): Line | undefined {
  const statement = factsOf(entry, 'ledger-statement')
  if (statement !== undefined) return ['members', `${statement.name} says: ${statement.text}`]
  const started = factsOf(entry, 'node-started')
  return started && ['work', `node started, version ${started.version}`]
}
