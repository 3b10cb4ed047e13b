import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { syncDirectory } from '../atomic-file.ts'
import type { AuditDraft, FactsOf } from './audit-kinds.ts'
import { LogState } from './log-state.ts'
import { readLog, type LogReading } from './read-log.ts'

/** Whose log it is. */
export interface LogOwner {
  readonly peer: string
  readonly name: string
  /** Digest of the founding charter. */
  readonly consortium: string
}

export interface RecoveredLog {
  /** Bytes that are kept; the next entry is written there. */
  readonly bytes: number
  readonly entries: number
  readonly head: string | null
  readonly state: LogState
  /** What the log has to say of its recovery, before anything else. */
  readonly drafts: readonly AuditDraft[]
  /** For people; undefined where nothing was the matter. */
  readonly problem?: { readonly code: 'audit-torn' | 'audit-broken'; readonly text: string } | undefined
}

/**
 * Finds out where a log goes on. An entry that a crash has cut off is left out. A log that does not hold, or is another site's, is put
 * aside as it is, under a name of its own, and a new one begins that names it. Nothing is written but that new name.
 *
 * @throws the file system's errors
 */
export async function recoverLog(file: string, owner: LogOwner): Promise<RecoveredLog> {
  if (!existsSync(file)) return begin(owner, await newestAside(file))
  const state = new LogState()
  const reading = await readLog(file, { onEntry: (entry) => state.add(entry) })
  const problem = reading.flaw?.message ?? foreign(reading, owner)
  if (problem !== undefined) return await setAside(file, owner, reading, problem)
  const { bytes, entries, head, tornBytes } = reading
  if (entries === 0) return begin(owner, await newestAside(file))
  if (tornBytes === 0) return { bytes, entries, head, state, drafts: [] }
  const text = `${file}: its last ${tornBytes} bytes are an entry that was not finished, as after a crash; they are left out, and the entry was never counted`
  const drafts = [{ kind: 'tail-recovered', facts: { bytes: tornBytes } }] as const
  return { bytes, entries, head, state, drafts, problem: { code: 'audit-torn', text } }
}

type Before = FactsOf<'log-begun'>['before']

function begin(owner: LogOwner, before: Before): RecoveredLog {
  const { peer, name, consortium } = owner
  const draft = { kind: 'log-begun', facts: { peer, name, consortium, before } } as const
  return { bytes: 0, entries: 0, head: null, state: new LogState(), drafts: [draft] }
}

function foreign({ begun }: LogReading, { peer, consortium }: LogOwner): string | undefined {
  if (begun === undefined) return undefined
  if (begun.peer !== peer) return `it is the log of ${begun.name}, ${begun.peer}, and this site is ${peer}`
  return begun.consortium === consortium ? undefined : 'it is of another consortium'
}

async function setAside(
  file: string,
  owner: LogOwner,
  { entries, head }: LogReading,
  problem: string,
): Promise<RecoveredLog> {
  const name = asideName(file, asideCount(file) + 1)
  const digest = await fileDigest(file)
  await rename(file, name)
  await syncDirectory(dirname(file))
  const text = `${file}: ${problem}; it is kept as ${basename(name)}, its first ${entries} entries hold, and a new log begins that names their head; find out who has changed it`
  const before = { file: basename(name), digest, entries, head, problem }
  return { ...begin(owner, before), problem: { code: 'audit-broken', text } }
}

/** A log that was put aside by a start that did not come to beginning the next one, or after which that one is gone. */
async function newestAside(file: string): Promise<Before> {
  const count = asideCount(file)
  if (count === 0) return null
  const name = asideName(file, count)
  const { entries, head, flaw } = await readLog(name)
  const problem = flaw?.message ?? 'no log has followed it'
  return { file: basename(name), digest: await fileDigest(name), entries, head, problem }
}

function asideName(file: string, n: number): string {
  return `${file}.broken-${n}`
}

function asideCount(file: string): number {
  let count = 0
  while (existsSync(asideName(file, count + 1))) count++
  return count
}

async function fileDigest(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
