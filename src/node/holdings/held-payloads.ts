import { PeermergeError } from '../../errors.ts'
import { memberName } from '../member-name.ts'
import type { Roster } from '../roster.ts'
import type { HeldContribution, Holdings } from './read-holdings.ts'
import { counted } from '../units.ts'

/**
 * The contributions of a cut, in its order, all with their payloads.
 *
 * @throws PeermergeError ERR_INCOMPLETE - names those whose payloads are not here, and why
 */
export function heldPayloads(
  { contributions }: Pick<Holdings, 'contributions'>,
  cut: readonly string[],
  roster: Roster,
): readonly HeldContribution[] {
  const held = new Map(contributions.map((one) => [one.id, one]))
  const found = cut.flatMap((id) => held.get(id) ?? [])
  const there = found.filter(({ state }) => state === 'admitted')
  if (there.length === cut.length) return there
  const unseen = cut.filter((id) => !held.has(id)).map((id) => `${id.slice(0, 12)} (never seen here)`)
  const gone = found.filter(({ state }) => state !== 'admitted').map((one) => nameOf(roster, one))
  const text = `${cut.length - there.length} of ${counted(cut.length, 'contribution')} ${cut.length - there.length === 1 ? 'is' : 'are'} not here: ${[...gone, ...unseen].join(', ')}; take them from a bundle of another member, or keep more: retention.merges, retention.pinned, retention.superseded`
  throw new PeermergeError('ERR_INCOMPLETE', text, { missing: cut.filter((id) => held.get(id)?.state !== 'admitted') }) // prettier-ignore
}

const WHY = { pruned: 'let go', fetching: 'on its way', rejected: 'rejected', admitted: 'here' } as const

function nameOf(roster: Roster, { header: { peer, sequence }, state }: HeldContribution): string {
  return `number ${sequence} of ${memberName(roster, peer)} (${WHY[state]})`
}
