import { readdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { PeermergeError } from '../../errors.ts'
import type { AuditEntry } from '../audit/audit-entry.ts'
import { readLog, type LogReading } from '../audit/read-log.ts'
import { EgressTally, type EgressReport } from './egress-report.ts'

/** The log that a report was read from. */
export interface EgressLog {
  readonly file: string
  readonly peer: string
  readonly name: string
  readonly consortium: string
  readonly entries: number
  readonly head: string
  /** What is the matter with the entry behind the last that holds; null where nothing is. */
  readonly problem: string | null
  /** Logs of this site that were put aside, whose entries are not in the report. */
  readonly putAside: readonly string[]
}

export interface Egress extends EgressReport {
  readonly log: EgressLog
}

/**
 * What a log says has left the site, up to the last entry that holds.
 *
 * @throws PeermergeError ERR_NO_AUDIT - there is no log, or no entry in it that holds
 */
export async function readEgress(file: string, signal?: AbortSignal): Promise<Egress> {
  const entries: AuditEntry[] = []
  const reading = await readLog(file, { signal, onEntry: (entry) => isEgress(entry) && entries.push(entry) })
  const log = await describeLog(file, reading)
  const tally = new EgressTally()
  for (const entry of entries) if (entry.sequence <= reading.entries) tally.add(entry)
  return { log, ...tally.report() }
}

function isEgress({ kind }: AuditEntry): boolean {
  return ['contribution-published', 'payload-served', 'payload-held', 'scores-shared'].includes(kind)
}

async function describeLog(file: string, { begun, head, entries, flaw }: LogReading): Promise<EgressLog> {
  if (begun === undefined || head === null) throw noAudit(file, flaw?.message ?? 'it is empty')
  const { peer, name, consortium } = begun
  const beside = await readdir(dirname(file))
  const putAside = beside.filter((one) => one.startsWith(`${basename(file)}.broken-`)).sort()
  return { file, peer, name, consortium, entries, head, problem: flaw?.message ?? null, putAside }
}

function noAudit(file: string, problem: string): PeermergeError {
  return new PeermergeError('ERR_NO_AUDIT', `${file}: ${problem}`, { file })
}
