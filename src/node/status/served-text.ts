import pc from 'picocolors'
import { percent } from '../units.ts'
import { ago } from './duration.ts'
import type { NodeStatus } from './types.ts'

const NAMES = { merged: 'merge', personal: 'own model', alone: 'this site alone' } as const

/** What the site serves; and why the model that was judged last is not it, where that is so. */
export function servedLines({ served, candidate, at }: NodeStatus): readonly string[] {
  const line = served === null ? [] : [servedLine(served, at)]
  if (candidate === null || candidate.adopted || candidate.digest === served?.digest) return line
  const { kind, digest, reason } = candidate
  return [...line, pc.yellow(`${NAMES[kind]} ${digest.slice(0, 12)} stays out: ${reason}`)]
}

function servedLine(
  {
    kind,
    digest,
    since,
    by,
    who,
    heldOut,
    isNewestMerge,
    follows,
    standsIn,
  }: NonNullable<NodeStatus['served']>,
  at: string,
): string {
  const then = heldOut === null ? '' : `, ${percent(heldOut.accuracy)} of ${heldOut.count} held-out samples right then` // prettier-ignore
  const chosen = by === 'node' ? '' : `, chosen by ${who ?? 'a person'}`
  const newest = isNewestMerge === true ? ', the newest merge' : ''
  const instead = standsIn ? ' in place of the own model, which got fewer right' : ''
  const stays = follows === 'nothing' ? '; it stays until a person chooses' : ''
  return `serves ${NAMES[kind]} ${digest.slice(0, 12)}${instead} since ${ago(since, at)}${then}${newest}${chosen}${stays}`
}
