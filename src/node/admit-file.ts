import { PeermergeError } from '../errors.ts'
import type { RoundTerms } from '../merge/index.ts'
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
  /** As the ledger says; `round-ahead`: of a round that no certificate here leads to. */
  readonly standing: Exclude<FileStanding, 'counts'> | 'round-ahead'
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
  options: AdmitOptions,
): Promise<FileOutcome> {
  const read = await readOrRefuse(file, rules.consortium)
  return 'kind' in read ? read : await admitRead(client, rules, read, options)
}

export interface AdmitOptions {
  readonly signal?: AbortSignal
  /** Of a contribution to a round. @default it belongs to none */
  readonly at?: RoundTerms | undefined
  /** A decided round has merged it: what the ledger has said since makes no difference. @default false */
  readonly isMerged?: boolean
  /** Of a round that is not known here. @default false */
  readonly isAhead?: boolean
}

/** As {@link admitFile}, of one that has been read. */
export async function admitRead(
  client: Pick<MergeClient, 'validate'>,
  rules: ConsortiumRules,
  read: ContributionFile,
  { isMerged = false, isAhead = false, ...options }: AdmitOptions,
): Promise<FileOutcome> {
  const standing = isMerged ? 'counts' : standingUnder(rules, read.header)
  const reason = REFUSED[standing]
  if (reason !== undefined) return refuse(read.file, reason, `the charter does not admit it (${reason})`)
  if (standing !== 'counts') return uncounted(rules, read, standing)
  return isAhead ? uncounted(rules, read, 'round-ahead') : await admitCounting(client, rules, read, options)
}

/** Format and signature. */
export async function readOrRefuse(
  file: string,
  consortium: string,
): Promise<ContributionFile | Extract<FileOutcome, { kind: 'refused' }>> {
  try {
    return await readContributionFile(file, consortium)
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
  options: Pick<AdmitOptions, 'signal' | 'at'>,
): Promise<FileOutcome> {
  const facts = { ...factsUnder(rules, read.header), at: options.at }
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

function refuse(file: string, reason: string, problem: string): Extract<FileOutcome, { kind: 'refused' }> {
  return { kind: 'refused', refused: { file, reason, message: `${file}: ${problem}` } }
}
