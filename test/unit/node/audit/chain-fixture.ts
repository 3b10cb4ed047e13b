// Logs of made-up sites for tests, written as a node writes them.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateIdentity, type Identity } from '../../../../src/gossip/index.ts'
import { entryLine, openLine, sealEntry, type AuditEntry } from '../../../../src/node/audit/audit-entry.ts'
import type { AuditDraft } from '../../../../src/node/audit/audit-kinds.ts'
import { AuditLog, type AuditLogInit } from '../../../../src/node/audit/audit-log.ts'

export const CONSORTIUM = 'c0'.repeat(32)

export interface LogFixture {
  readonly file: string
  readonly identity: Identity
  readonly problems: string[]
  /** A log over the file, as the next start of the node opens it. */
  open(change?: Partial<AuditLogInit>): AuditLog
  /** Appends these as one run of a node does. */
  run(drafts: readonly AuditDraft[], change?: Partial<AuditLogInit>): Promise<void>
  lines(): Promise<string[]>
  entries(): Promise<AuditEntry[]>
  write(lines: readonly string[]): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export async function logFixture(): Promise<LogFixture> {
  const root = await mkdtemp(join(tmpdir(), 'peermerge-audit-'))
  const file = join(root, 'audit.log')
  const identity = await generateIdentity()
  const problems: string[] = []
  const open = (change: Partial<AuditLogInit> = {}): AuditLog =>
    new AuditLog({
      file,
      identity,
      owner: { name: 'foundry', consortium: CONSORTIUM },
      onProblem: (code, text) => problems.push(`${code}: ${text}`),
      ...change,
    })
  const lines = async (): Promise<string[]> => (await readFile(file, 'utf8')).split('\n').slice(0, -1)
  return {
    file,
    identity,
    problems,
    open,
    lines,
    run: async (drafts, change) => {
      const log = open(change)
      for (const draft of drafts) log.add(() => [draft])
      await log.close()
    },
    entries: async () => (await lines()).map((line) => openLine(line).entry),
    write: (all) => writeFile(file, all.map((line) => `${line}\n`).join('')),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}

/** An entry of a log, changed and signed by somebody; the line has no end. */
export async function reseal(line: string, identity: Identity, change: Partial<AuditEntry>): Promise<string> {
  const { entry } = openLine(line)
  return entryLine(await sealEntry({ ...entry, ...change }, identity)).trimEnd()
}

export function held(id: string): AuditDraft {
  return { kind: 'payload-held', facts: { id, peer: 'p', name: 'mill' } }
}
