import { verifyCertificates, type DecidedRound } from '../../gossip/records.ts'
import {
  FIRST_AGENDA,
  firstChain,
  formatAgenda,
  parseAgenda,
  termsOf,
  type MergeResult,
  type RoundTerms,
  type StagedChain,
} from '../../merge/index.ts'
import { PeermergeError } from '../../errors.ts'
import { admitRead, type FileOutcome } from '../admit-file.ts'
import type { ConsortiumRules } from '../consortium-rules.ts'
import type { ContributionFile } from '../contribution-file.ts'
import type { MergeClient } from '../merge-client.ts'
import type { Charter } from '../charter.ts'

/** What decided rounds lead to, computed from files. */
export interface FollowedRounds {
  readonly result: MergeResult
  readonly outcomes: readonly FileOutcome[]
}

export interface FollowOptions {
  readonly signal?: AbortSignal
}

/** Of a consortium's rounds, as its founding charter alone can check them. @throws RefusedError - a certificate does not hold */
export async function provenRounds(
  { consortium }: Pick<ConsortiumRules, 'consortium'>,
  { members }: Pick<Charter, 'members'>,
  certificates: readonly Uint8Array[],
): Promise<readonly DecidedRound[]> {
  const founders = members.map(({ id }) => id)
  const founding = { consortium, founders, charter: consortium, agenda: formatAgenda(FIRST_AGENDA) }
  return (await verifyCertificates(founding, certificates)).decided
}

/**
 * Walks through decided rounds as a node does. What is in a cut is merged whatever the ledger says of it since, as everybody has merged it.
 *
 * @param files - whose signatures hold
 * @throws PeermergeError ERR_INCOMPLETE - a contribution of a cut is not among them, or is none that its round admits
 */
export async function followRounds(
  client: MergeClient,
  rules: ConsortiumRules,
  decided: readonly DecidedRound[],
  files: readonly ContributionFile[],
  options: FollowOptions,
): Promise<FollowedRounds> {
  const byId = new Map(files.map((file) => [file.id, file]))
  const outcomes = new Map<string, FileOutcome>()
  const terms: (RoundTerms | undefined)[] = []
  let chain = firstChain(rules.spec)
  for (const { cut } of decided) {
    const at = termsOf(rules.spec, chain)
    terms.push(at)
    const contributions = cut.contributions.map((id) => byId.get(id) ?? missing(cut.round, id))
    for (const file of contributions) {
      const outcome = await admitRead(client, rules, file, { ...options, at, isMerged: true })
      if (outcome.kind === 'refused') throw new PeermergeError('ERR_INCOMPLETE', `round ${cut.round}: ${outcome.refused.message}`) // prettier-ignore
      outcomes.set(file.id, outcome)
    }
    chain = await client.round({ chain, contributions, next: parseAgenda(cut.agenda) }, options)
  }
  terms.push(termsOf(rules.spec, chain))
  for (const file of files.filter(({ id }) => !outcomes.has(id))) {
    outcomes.set(file.id, await admitOther(client, rules, file, terms, options))
  }
  return { result: await modelOf(client, chain, byId, outcomes, options), outcomes: [...outcomes.values()] }
}

/** What is in no cut: statistics, and what came too late or for rounds that are not decided yet. */
async function admitOther(
  client: MergeClient,
  rules: ConsortiumRules,
  file: ContributionFile,
  terms: readonly (RoundTerms | undefined)[],
  options: FollowOptions,
): Promise<FileOutcome> {
  const { round } = file.header
  const isAhead = round !== null && round >= terms.length
  const at = round === null ? undefined : terms[round]
  return await admitRead(client, rules, file, { ...options, at, isAhead })
}

async function modelOf(
  client: MergeClient,
  chain: StagedChain,
  byId: ReadonlyMap<string, ContributionFile>,
  outcomes: ReadonlyMap<string, FileOutcome>,
  options: FollowOptions,
): Promise<MergeResult> {
  const isAdmitted = ({ id }: ContributionFile): boolean => outcomes.get(id)?.kind === 'admitted'
  const statistics = [...byId.values()].filter((one) => one.header.kind === 'statistics' && isAdmitted(one))
  const grams = chain.ended.flatMap((task) => task.grams).map((id) => byId.get(id)!)
  return await client.model({ chain, statistics: statistics.sort((a, b) => (a.id < b.id ? -1 : 1)), grams }, options) // prettier-ignore
}

function missing(round: number, id: string): never {
  const problem = `round ${round} has merged contribution ${id}, which no file holds; give all that the cut names, or a bundle`
  throw new PeermergeError('ERR_INCOMPLETE', problem, { round, id })
}
