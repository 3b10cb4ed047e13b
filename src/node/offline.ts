import { isDeepStrictEqual } from 'node:util'
import { PeermergeError } from '../errors.ts'
import {
  memorySource,
  openContribution,
  removalReceipt,
  restOfWorld,
  type MergeResult,
  type MergeSpec,
  type RemovalReceipt,
  type RestForm,
  type RestOfWorld,
} from '../merge/index.ts'
import { charterDigest, mergeSpecOf, type Charter } from './charter.ts'
import { readContributionFile, type ContributionFile } from './contribution-file.ts'
import { judgeChunks } from './judge-chunks.ts'
import { judgeByCharter } from './judge.ts'
import { leaveOut } from './leave-out.ts'
import { MergeClient } from './merge-client.ts'
import { summarise } from './merge-loop.ts'
import type { MergeSummary } from './types.ts'
import { changeSpec, isChange, type SpecChange } from './what-if-spec.ts'

/** A file that is no part of the merge, and why. */
export interface RefusedFile {
  readonly file: string
  readonly reason: string
  readonly message: string
}

export interface OfflineMerge {
  readonly result: MergeResult
  /** What was merged by; another than the charter's in a what-if merge, whose digest is then none of the consortium's. */
  readonly spec: MergeSpec
  readonly isWhatIf: boolean
  readonly summary: MergeSummary
  /** File of every contribution that was there to choose from; one given twice counts once. */
  readonly files: readonly { readonly file: string; readonly id: string }[]
  readonly refused: readonly RefusedFile[]
  /** Everybody's adapter but one peer's, where that was asked for. */
  readonly rest: RestOfWorld | undefined
  /** All that was there to choose from. */
  readonly contributions: readonly ContributionFile[]
  /** Where `receipt` was asked for: what the merge is without the peers that were left out, and with them. */
  readonly receipt: RemovalReceipt | undefined
}

export interface OfflineMergeOptions {
  readonly signal?: AbortSignal
  /** Merge otherwise than the charter says. */
  readonly change?: SpecChange
  /** Sum up all but this peer, too. */
  readonly rest?: { readonly peer: string; readonly form: RestForm } | undefined
  /** Leave out every contribution of these peers: ids, or beginnings of ids that are no other's. */
  readonly without?: readonly string[] | undefined
  /** Merge all, too, and write down what was removed. */
  readonly receipt?: boolean | undefined
}

/**
 * The merge of contribution files, judged as a node judges what it receives: signature, charter, membership, content.
 * What is refused is left out and named. Order and repetition of the files change nothing.
 *
 * @throws MergeSpecError, PeermergeError ERR_RULE_NEEDS - the charter's contributions cannot be merged as `change` asks
 * @throws PeermergeError ERR_UNKNOWN_PEER, ERR_NO_REMOVAL - of `without` and `receipt`
 * @throws PeermergeError ERR_OPTIONS - a receipt of a merge that is not the charter's
 */
export async function mergeFiles(
  charter: Charter,
  files: readonly string[],
  options: OfflineMergeOptions = {},
): Promise<OfflineMerge> {
  const digest = charterDigest(charter)
  const own = mergeSpecOf(charter)
  const spec = isChange(options.change ?? {}) ? changeSpec(own, options.change ?? {}) : own
  const isWhatIf = !isDeepStrictEqual(spec, own)
  if (isWhatIf && options.receipt === true) {
    throw new PeermergeError('ERR_OPTIONS', 'a receipt is of the merge that the charter says; leave out --rule and the like, or --receipt') // prettier-ignore
  }
  const client = new MergeClient({ spec: own, charter: digest })
  try {
    const admitted = new Map<string, ContributionFile>()
    const refused: RefusedFile[] = []
    for (const file of files) {
      const outcome = await admitFile(client, charter, file, options)
      if ('reason' in outcome) refused.push(outcome)
      else if (!admitted.has(outcome.id)) admitted.set(outcome.id, outcome)
    }
    const all = [...admitted.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
    const contributions = leaveOut(all, options.without ?? []).left
    const before = options.receipt === true ? await client.merge(all, { ...options, spec }) : undefined
    const result = await client.merge(contributions, { ...options, spec })
    const receipt = before && removalReceipt({ charter: digest }, all, before, result)
    const kept = contributions.map(({ file, id }) => ({ file, id }))
    const rest = options.rest && restOf(spec, contributions, options.rest)
    const summary = summarise(result, contributions)
    return { result, spec, isWhatIf, summary, files: kept, refused, rest, contributions, receipt }
  } finally {
    await client.close()
  }
}

function restOf(
  spec: MergeSpec,
  contributions: readonly ContributionFile[],
  { peer, form }: { readonly peer: string; readonly form: RestForm },
): RestOfWorld {
  const views = contributions.map(({ id, header, payload }) =>
    openContribution(id, header, memorySource(payload)),
  )
  return restOfWorld(spec, views, peer, form)
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
    if (verdict.kind !== 'accept') {
      return {
        file,
        reason: verdict.reason,
        message: `${file}: the charter does not admit it (${verdict.reason})`,
      }
    }
    const chunks = judgeChunks(read.header, read.payload)
    return chunks.ok ? read : { file, reason: chunks.reason, message: `${file}: ${chunks.message}` }
  } catch (error) {
    const reason = error instanceof PeermergeError ? error.detail.reason : undefined
    if (typeof reason !== 'string') throw error
    return { file, reason, message: `${file}: ${(error as Error).message}` }
  }
}
