import { join } from 'node:path'
import { PeermergeError } from '../errors.ts'
import type { MergeResult } from '../merge/index.ts'
import { makeDirectory } from './atomic-file.ts'
import { charterDigest, mergeSpecOf, type Charter } from './charter.ts'
import { openSiteStore } from './components.ts'
import {
  CONTRIBUTION_SUFFIX,
  readContributionFile,
  writeContributionFile,
  type ContributionFile,
} from './contribution-file.ts'
import { lockHome } from './home-lock.ts'
import type { HomePaths } from './home.ts'
import { judgeByCharter } from './judge.ts'
import { silentLogger } from './logger.ts'
import { MergeClient } from './merge-client.ts'
import { summarise } from './merge-loop.ts'
import type { MergeSummary, NodeStore, StoredContribution } from './types.ts'

/** A file that is no part of the merge, and why. */
export interface RefusedFile {
  readonly file: string
  readonly reason: string
  readonly message: string
}

export interface OfflineMerge {
  readonly result: MergeResult
  readonly summary: MergeSummary
  /** File of every contribution in the cut; a contribution given twice counts once. */
  readonly files: readonly { readonly file: string; readonly id: string }[]
  readonly refused: readonly RefusedFile[]
}

/**
 * The merge of contribution files, judged as a node judges what it receives: signature, charter, membership, content.
 * What is refused is left out and named. Order and repetition of the files change nothing.
 */
export async function mergeFiles(
  charter: Charter,
  files: readonly string[],
  options: { readonly signal?: AbortSignal } = {},
): Promise<OfflineMerge> {
  const digest = charterDigest(charter)
  const client = new MergeClient({ spec: mergeSpecOf(charter), charter: digest })
  try {
    const admitted = new Map<string, ContributionFile>()
    const refused: RefusedFile[] = []
    for (const file of files) {
      const outcome = await admitFile(client, charter, file, options)
      if ('reason' in outcome) refused.push(outcome)
      else if (!admitted.has(outcome.id)) admitted.set(outcome.id, outcome)
    }
    const contributions = [...admitted.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
    const result = await client.merge(contributions, options)
    const kept = contributions.map(({ file, id }) => ({ file, id }))
    return { result, summary: summarise(result, contributions), files: kept, refused }
  } finally {
    await client.close()
  }
}

async function admitFile(
  client: MergeClient,
  charter: Charter,
  file: string,
  options: { readonly signal?: AbortSignal },
): Promise<ContributionFile | RefusedFile> {
  const digest = charterDigest(charter)
  try {
    const read = await readContributionFile(file, digest)
    const facts = { charter, charterDigest: digest, spec: mergeSpecOf(charter) }
    const judged = judgeByCharter(facts, read.header)
    const verdict = judged.kind === 'accept' ? await client.validate(read, options) : judged
    if (verdict.kind === 'accept') return read
    return {
      file,
      reason: verdict.reason,
      message: `${file}: the charter does not admit it (${verdict.reason})`,
    }
  } catch (error) {
    const reason = error instanceof PeermergeError ? error.detail.reason : undefined
    if (typeof reason !== 'string') throw error
    return { file, reason, message: `${file}: ${(error as Error).message}` }
  }
}

export interface Verification {
  /** The digests are equal, and nothing is missing, additional or refused. */
  readonly ok: boolean
  readonly expected: string
  readonly actual: string
  /** Ids of the claimed cut that no file holds, and ids in files that the cut does not name. */
  readonly missing: readonly string[]
  readonly additional: readonly string[]
  readonly refused: readonly RefusedFile[]
  readonly summary: MergeSummary
}

/** Computes a merge again from its contributions and compares it with what somebody says that it is. */
export async function verifyMerge(
  charter: Charter,
  files: readonly string[],
  claim: { readonly digest: string; readonly cut?: readonly string[] },
  options: { readonly signal?: AbortSignal } = {},
): Promise<Verification> {
  const { summary, refused } = await mergeFiles(charter, files, options)
  const claimed = new Set(claim.cut ?? summary.cut)
  const missing = [...claimed].filter((id) => !summary.cut.includes(id))
  const additional = summary.cut.filter((id) => !claimed.has(id))
  const same = summary.digest === claim.digest
  return {
    ok: same && missing.length + additional.length + refused.length === 0,
    expected: claim.digest,
    actual: summary.digest,
    missing,
    additional,
    refused,
    summary,
  }
}

/**
 * Writes everything that a stopped node has admitted, one file each: `<peer>-<sequence>-<id>.contribution`. Returns the paths.
 *
 * @throws HomeLockedError - the node runs; PeermergeError ERR_INCOMPLETE - a chunk is damaged
 */
export async function exportContributions(
  paths: HomePaths,
  directory: string,
  choose: (peer: string) => boolean = () => true,
): Promise<readonly string[]> {
  const lock = await lockHome(paths.root, paths.lock)
  try {
    await using store = await openSiteStore(paths, silentLogger())
    await makeDirectory(directory)
    const chosen = store.list('admitted').filter(({ header }) => choose(header.peer))
    const written: string[] = []
    for (const contribution of chosen) written.push(await exportOne(store, directory, contribution))
    return written
  } finally {
    await lock.release()
  }
}

async function exportOne(
  store: NodeStore,
  directory: string,
  { id, header }: StoredContribution,
): Promise<string> {
  const envelope = await store.getEnvelope(id)
  const chunks: Uint8Array[] = []
  for (const digest of header.payload.chunks) chunks.push((await store.getChunk(digest)) ?? damaged(id))
  const name = `${header.peer}-${header.sequence}-${id.slice(0, 12)}${CONTRIBUTION_SUFFIX}`
  await writeContributionFile(join(directory, name), envelope ?? damaged(id), Buffer.concat(chunks))
  return join(directory, name)
}

function damaged(id: string): never {
  throw new PeermergeError(
    'ERR_INCOMPLETE',
    `contribution ${id}: a part is damaged; run the node to fetch it again`,
  )
}
