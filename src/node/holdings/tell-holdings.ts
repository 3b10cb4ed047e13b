import type { OpenedStatement } from '../../gossip/index.ts'
import type { ContributionState, NodeStore } from '../types.ts'

/** What a home holds that merges are computed from, without the payloads, as JSON; bytes in base64. */
export interface ToldHoldings {
  readonly statements: readonly string[]
  /** Certificates of the staged schedule, from round 0 on. */
  readonly rounds: readonly string[]
  readonly contributions: readonly {
    readonly id: string
    readonly state: ContributionState
    readonly envelope: string
  }[]
}

export interface HoldingsSources {
  readonly store: Pick<NodeStore, 'get' | 'list' | 'getEnvelope'>
  readonly statements: readonly OpenedStatement[]
  readonly rounds: AsyncIterable<Uint8Array> | readonly Uint8Array[]
}

/** @param ids - of the contributions asked for; what is not known is left out. @default all that are admitted */
export async function tellHoldings(
  { store, statements, rounds }: HoldingsSources,
  ids: readonly string[] | undefined,
): Promise<ToldHoldings> {
  const asked = ids === undefined ? store.list('admitted') : ids.flatMap((id) => store.get(id) ?? [])
  const contributions = []
  for (const { id, state } of asked)
    contributions.push({ id, state, envelope: base64((await store.getEnvelope(id))!) })
  const certificates: string[] = []
  for await (const certificate of rounds) certificates.push(base64(certificate))
  return { statements: statements.map(({ bytes }) => base64(bytes)), rounds: certificates, contributions }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
