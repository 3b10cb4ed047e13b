import { isDeepStrictEqual } from 'node:util'
import { PeermergeError } from '../errors.ts'
import {
  memorySource,
  openContribution,
  removalReceipt,
  restOfWorld,
  type MergeSpec,
  type RestForm,
  type RestOfWorld,
} from '../merge/index.ts'
import { admitFile, type RefusedFile, type UncountedFile } from './admit-file.ts'
import type { Charter } from './charter.ts'
import { rulesOf, type ConsortiumRules } from './consortium-rules.ts'
import type { ContributionFile } from './contribution-file.ts'
import { leaveOut } from './leave-out.ts'
import type { OfflineMerge, OfflineMergeOptions } from './offline-merge.ts'
import { mergeStaged } from './staged/merge-staged.ts'
import { MergeClient } from './merge-client.ts'
import { summarise } from './merge-loop.ts'
import { changeSpec, isChange } from './what-if-spec.ts'

export type { OfflineMerge, OfflineMergeOptions }

/**
 * The merge of contribution files, judged as a node judges what it receives: signature, ledger, charter, content. What is refused, and
 * what does not count, is left out and named. Order and repetition of the files change nothing.
 *
 * @param founding - the charter that the consortium was founded with
 * @throws MergeSpecError, PeermergeError ERR_RULE_NEEDS - the charter's contributions cannot be merged as `change` asks
 * @throws PeermergeError ERR_UNKNOWN_PEER, ERR_NO_REMOVAL - of `without` and `receipt`
 * @throws PeermergeError ERR_OPTIONS - a receipt of a merge that is not the charter's; anything but what the rounds decided, where there are rounds
 * @throws PeermergeError ERR_ROUNDS, ERR_INCOMPLETE, RefusedError - certificates are not there, do not hold, or name what no file holds
 */
export async function mergeFiles(
  founding: Charter,
  files: readonly string[],
  options: OfflineMergeOptions = {},
): Promise<OfflineMerge> {
  const rules = rulesOf(founding, options.statements)
  if (rules.spec.staged !== undefined) return await mergeStaged(founding, rules, files, options)
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
