import { charterDigest } from '../charter.ts'
import { counted } from '../units.ts'
import type { AuditedLog } from './audited-log.ts'
import type { LogReading } from './read-log.ts'
import type { AuditBundle } from './types.ts'

export interface AuditFacts {
  readonly reading: LogReading
  readonly log: AuditedLog
  readonly bundle: AuditBundle | undefined
  /** An entry that was noted earlier. */
  readonly head: string | undefined
}

/** What a verdict does not say, however good the log: for people, the weightiest first. */
export function notProven(facts: AuditFacts): readonly string[] {
  return [...ofTheLog(facts), ...ofTheBundle(facts), ...always()]
}

function ofTheLog({ reading: { begun, head: newest, tornBytes }, log, head, bundle }: AuditFacts): string[] {
  const seen = head === undefined ? undefined : log.found.get(head)
  const behind =
    seen === undefined
      ? `that no entry was cut off at the end, which the site can do: compare the head ${newest ?? 'none'} with one that was noted earlier (--head)`
      : `that no entry behind number ${seen}, which was noted earlier, was cut off`
  const before = begun?.before ?? null
  return [
    behind,
    ...(before === null ? [] : [`what ${before.file} says (sha256 ${before.digest}), which this log follows: it did not hold (${before.problem})`]), // prettier-ignore
    ...(log.lost === 0 ? [] : [`${log.lost} entries that the site could not keep, as it says itself`]),
    ...(log.crashes === 0 ? [] : [`the last moments before ${counted(log.crashes, 'start')} that no stop precedes (a crash): who has fetched something just then may not be named`]), // prettier-ignore
    ...(bundle !== undefined && log.isRunning ? ['the last moments of this log: its node ran when it was exported, or had crashed'] : []), // prettier-ignore
    ...(tornBytes === 0 ? [] : [`${tornBytes} bytes of an unfinished entry behind the newest`]),
    `when things happened: times are those of the site's clock${log.clockBack === 0 ? '' : `, which has gone back at ${log.clockBack} entries`}`,
  ]
}

function ofTheBundle({ bundle, log }: AuditFacts): string[] {
  const { merges, published, state } = log
  if (bundle === undefined) return ['contributions, ledger and merges: the log alone was looked at; give the directory of an audit export'] // prettier-ignore
  const earlier = merges - 1
  const absent = [...published.keys()].filter((id) => state.merge?.cut.has(id) !== true).length
  return [
    ...(bundle.isOwnCharter ? [`that the charter is the consortium's: compare ${charterDigest(bundle.founding)} with one that you trust, or give --charter`] : []), // prettier-ignore
    'that no statement of the ledger is kept back which the site has not recorded',
    ...(earlier > 0 ? [`${earlier} earlier merges: the newest alone is computed again`] : []),
    ...(absent > 0 ? [`what ${absent} published contributions held that are not in the newest merge: the log names their digests, their payloads are not here`] : []), // prettier-ignore
  ]
}

function always(): string[] {
  return [
    'that the log names everybody who has the payloads: what a member has passed on is known only where the other has said that it has it',
    'how many samples are behind a contribution, and how it was trained: the data is not here',
  ]
}
