import { PeermergeError } from '../../errors.ts'
import type { MergeSpec } from '../../merge/index.ts'
import { readOrRefuse, type FileOutcome } from '../admit-file.ts'
import type { Charter } from '../charter.ts'
import type { ConsortiumRules } from '../consortium-rules.ts'
import type { ContributionFile } from '../contribution-file.ts'
import { MergeClient } from '../merge-client.ts'
import { summarise } from '../merge-loop.ts'
import type { OfflineMerge, OfflineMergeOptions } from '../offline-merge.ts'
import { isChange } from '../what-if-spec.ts'
import { assertRoundsGoOn } from './rounds-go-on.ts'
import { followRounds, provenRounds } from './follow-rounds.ts'

/** As `mergeFiles`, of a consortium with rounds: what they have decided, and nothing else. */
export async function mergeStaged(
  founding: Charter,
  rules: ConsortiumRules,
  files: readonly string[],
  options: OfflineMergeOptions,
): Promise<OfflineMerge> {
  assertRoundsGoOn(founding, rules)
  assertAsDecided(rules.spec, options)
  const { rounds, signal } = options
  if (rounds === undefined) throw noRounds()
  const decided = await provenRounds(rules, founding, rounds)
  const client = new MergeClient({ spec: rules.spec, charter: rules.charterDigest, consortium: rules.consortium, carried: [...rules.carried.keys()] }) // prettier-ignore
  try {
    const { read, refused } = await readAll(files, rules.consortium)
    const { result, outcomes } = await followRounds(client, rules, decided, read, { ...(signal && { signal }) }) // prettier-ignore
    const contributions = outcomes.flatMap((one) => (one.kind === 'admitted' ? one.contribution : []))
    contributions.sort((a, b) => (a.id < b.id ? -1 : 1))
    return {
      rules,
      result,
      spec: rules.spec,
      isWhatIf: false,
      summary: summarise(result, contributions),
      files: contributions.map(({ file, id }) => ({ file, id })),
      refused: [...refused, ...outcomes.flatMap((one) => (one.kind === 'refused' ? one.refused : []))],
      uncounted: outcomes.flatMap((one) => (one.kind === 'uncounted' ? one.uncounted : [])),
      rest: undefined,
      contributions,
      receipt: undefined,
    }
  } finally {
    await client.close()
  }
}

/** One given twice comes once. */
async function readAll(files: readonly string[], consortium: string) {
  const read = new Map<string, ContributionFile>()
  const refused: Extract<FileOutcome, { kind: 'refused' }>['refused'][] = []
  for (const file of files) {
    const one = await readOrRefuse(file, consortium)
    if ('kind' in one) refused.push(one.refused)
    else if (!read.has(one.id)) read.set(one.id, one)
  }
  return { read: [...read.values()], refused }
}

function assertAsDecided(spec: MergeSpec, { change, rest, without, receipt }: OfflineMergeOptions): void {
  if (change !== undefined && isChange(change)) assertContinuous(spec, 'another rule')
  if (rest !== undefined) assertContinuous(spec, '--rest-of-world')
  if (without !== undefined && without.length > 0) assertContinuous(spec, '--without')
  if (receipt === true) assertContinuous(spec, '--receipt')
}

/** @throws PeermergeError ERR_OPTIONS - what is asked for has no meaning where every round builds on the one before */
export function assertContinuous({ staged }: MergeSpec, asked: string): void {
  if (staged === undefined) return
  throw new PeermergeError('ERR_OPTIONS', `${asked}: under the staged schedule a merge is what its rounds have decided, each on top of the one before; leave it out`, { asked }) // prettier-ignore
}

function noRounds(): PeermergeError {
  const problem = 'the charter has rounds, and only their certificates say which contributions each has merged; give --rounds with rounds.cbor of a bundle, a whole bundle, or --home'
  return new PeermergeError('ERR_ROUNDS', problem)
} // prettier-ignore
