import { isDeepStrictEqual } from 'node:util'
import { PeermergeError } from '../errors.ts'
import type { OpenedStatement } from '../gossip/index.ts'
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
import { admitFile, type RefusedFile, type UncountedFile } from './admit-file.ts'
import type { Charter } from './charter.ts'
import { rulesOf, type ConsortiumRules } from './consortium-rules.ts'
import type { ContributionFile } from './contribution-file.ts'
import { leaveOut } from './leave-out.ts'
import { MergeClient } from './merge-client.ts'
import { summarise } from './merge-loop.ts'
import type { MergeSummary } from './types.ts'
import { changeSpec, isChange, type SpecChange } from './what-if-spec.ts'

export interface OfflineMerge {
  readonly result: MergeResult
  /** What was merged by; another than the charter's in a what-if merge, whose digest is then none of the consortium's. */
  readonly spec: MergeSpec
  readonly isWhatIf: boolean
  readonly summary: MergeSummary
  /** File of every contribution that was there to choose from; one given twice counts once. */
  readonly files: readonly { readonly file: string; readonly id: string }[]
  readonly refused: readonly RefusedFile[]
  /** Sound files that count for nothing, as the ledger says. */
  readonly uncounted: readonly UncountedFile[]
  /** Charter in force, and who and what counts. */
  readonly rules: ConsortiumRules
  /** Everybody's adapter but one peer's, where that was asked for. */
  readonly rest: RestOfWorld | undefined
  /** All that was there to choose from. */
  readonly contributions: readonly ContributionFile[]
  /** Where `receipt` was asked for: what the merge is without the peers that were left out, and with them. */
  readonly receipt: RemovalReceipt | undefined
}

export interface OfflineMergeOptions {
  readonly signal?: AbortSignal
  /** Signed statements of the consortium: who joined, left, was removed, withdrew, and what became of the charter. @default none */
  readonly statements?: readonly OpenedStatement[] | undefined
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
 * The merge of contribution files, judged as a node judges what it receives: signature, ledger, charter, content. What is refused, and
 * what does not count, is left out and named. Order and repetition of the files change nothing.
 *
 * @param founding - the charter that the consortium was founded with
 * @throws MergeSpecError, PeermergeError ERR_RULE_NEEDS - the charter's contributions cannot be merged as `change` asks
 * @throws PeermergeError ERR_UNKNOWN_PEER, ERR_NO_REMOVAL - of `without` and `receipt`
 * @throws PeermergeError ERR_OPTIONS - a receipt of a merge that is not the charter's
 */
export async function mergeFiles(
  founding: Charter,
  files: readonly string[],
  options: OfflineMergeOptions = {},
): Promise<OfflineMerge> {
  const rules = rulesOf(founding, options.statements)
  const spec = chosenSpec(rules, options)
  const carried = [...rules.carried.keys()]
  const client = new MergeClient({ spec: rules.spec, charter: rules.charterDigest, carried })
  try {
    const { admitted, ...others } = await admitFiles(client, rules, files, options)
    const contributions = leaveOut(admitted, options.without ?? []).left
    const before = options.receipt === true ? await client.merge(admitted, { ...options, spec }) : undefined
    const result = await client.merge(contributions, { ...options, spec })
    return {
      ...others,
      rules,
      result,
      spec,
      isWhatIf: !isDeepStrictEqual(spec, rules.spec),
      summary: summarise(result, contributions),
      files: contributions.map(({ file, id }) => ({ file, id })),
      rest: options.rest && restOf(spec, contributions, options.rest),
      contributions,
      receipt: before && removalReceipt({ charter: rules.charterDigest }, admitted, before, result),
    }
  } finally {
    await client.close()
  }
}

function chosenSpec(
  { spec: own }: ConsortiumRules,
  { change = {}, receipt }: OfflineMergeOptions,
): MergeSpec {
  const spec = isChange(change) ? changeSpec(own, change) : own
  if (receipt === true && !isDeepStrictEqual(spec, own)) {
    throw new PeermergeError('ERR_OPTIONS', 'a receipt is of the merge that the charter says; leave out --rule and the like, or --receipt') // prettier-ignore
  }
  return spec
}

/** By ascending id; one given twice comes once. */
async function admitFiles(
  client: MergeClient,
  rules: ConsortiumRules,
  files: readonly string[],
  options: OfflineMergeOptions,
): Promise<Pick<OfflineMerge, 'refused' | 'uncounted'> & { readonly admitted: readonly ContributionFile[] }> {
  const admitted = new Map<string, ContributionFile>()
  const uncounted = new Map<string, UncountedFile>()
  const refused: RefusedFile[] = []
  for (const file of files) {
    const outcome = await admitFile(client, rules, file, options)
    if (outcome.kind === 'refused') refused.push(outcome.refused)
    else if (outcome.kind === 'uncounted') uncounted.set(outcome.uncounted.id, outcome.uncounted)
    else if (!admitted.has(outcome.contribution.id)) admitted.set(outcome.contribution.id, outcome.contribution) // prettier-ignore
  }
  const all = [...admitted.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  return { admitted: all, uncounted: [...uncounted.values()], refused }
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
