import { PeermergeError } from '../errors.ts'
import { factsUnder, standingUnder, type ConsortiumRules, type FileStanding } from './consortium-rules.ts'
import { readContributionFile, type ContributionFile } from './contribution-file.ts'
import { judgeChunks } from './judge-chunks.ts'
import { judgeByCharter } from './judge.ts'
import type { MergeClient } from './merge-client.ts'
import { memberName } from './member-name.ts'

/** A file that is no part of the merge, and why. */
export interface RefusedFile {
  readonly file: string
  readonly reason: string
  readonly message: string
}

/** A signed contribution that does not count as the ledger stands; its content is not looked at. */
export interface UncountedFile {
  readonly file: string
  readonly id: string
  readonly peer: string
  readonly name: string
  readonly sequence: number
  readonly standing: Exclude<FileStanding, 'counts'>
}

export type FileOutcome =
  | { readonly kind: 'admitted'; readonly contribution: ContributionFile }
  | { readonly kind: 'uncounted'; readonly uncounted: UncountedFile }
  | { readonly kind: 'refused'; readonly refused: RefusedFile }

/** Who is none that the ledger knows has no place in it; the same goes for charters. */
const REFUSED: Partial<Record<FileStanding, string>> = {
  'unknown-member': 'not-a-member',
  'charter-unknown': 'wrong-charter',
}

/** Judges a file as a node judges what it receives: signature, standing, charter, content. */
export async function admitFile(
  client: Pick<MergeClient, 'validate'>,
  rules: ConsortiumRules,
  file: string,
  options: { readonly signal?: AbortSignal },
): Promise<FileOutcome> {
  try {
    const read = await readContributionFile(file, rules.consortium)
    const standing = standingUnder(rules, read.header)
    const reason = REFUSED[standing]
    if (reason !== undefined) return refuse(file, reason, `the charter does not admit it (${reason})`)
    return standing === 'counts' ? await admitCounting(client, rules, read, options) : uncounted(rules, read, standing) // prettier-ignore
  } catch (error) {
    const reason = error instanceof PeermergeError ? error.detail.reason : undefined
    if (typeof reason !== 'string') throw error
    return refuse(file, reason, (error as Error).message)
  }
}

async function admitCounting(
  client: Pick<MergeClient, 'validate'>,
  rules: ConsortiumRules,
  read: ContributionFile,
  options: { readonly signal?: AbortSignal },
): Promise<FileOutcome> {
  const facts = factsUnder(rules, read.header)
  const judged = judgeByCharter(facts, read.header)
  const verdict =
    judged.kind === 'accept' ? await client.validate(read, { ...options, spec: facts.spec }) : judged
  if (verdict.kind !== 'accept') {
    return refuse(read.file, verdict.reason, `the charter does not admit it (${verdict.reason})`)
  }
  const chunks = judgeChunks(read.header, read.payload)
  return chunks.ok ? { kind: 'admitted', contribution: read } : refuse(read.file, chunks.reason, chunks.message) // prettier-ignore
}

function uncounted(
  { roster }: ConsortiumRules,
  { file, id, header: { peer, sequence } }: ContributionFile,
  standing: UncountedFile['standing'],
): FileOutcome {
  const name = memberName(roster, peer)
  return { kind: 'uncounted', uncounted: { file, id, peer, name, sequence, standing } }
}

function refuse(file: string, reason: string, problem: string): FileOutcome {
  return { kind: 'refused', refused: { file, reason, message: `${file}: ${problem}` } }
}
