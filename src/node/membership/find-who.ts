import { PeermergeError } from '../../errors.ts'
import type { LedgerState } from '../../gossip/index.ts'
import { peerFingerprint } from './fingerprint.ts'

export interface Candidate {
  readonly peer: string
  readonly name: string
}

/** All peer ids of Ed25519 keys begin so; less than some letters more says nothing. */
const ID_PREFIX = '12D3Koo'
const MIN_ID_LETTERS = ID_PREFIX.length + 4

/**
 * The one candidate that a person means: by name, by fingerprint (dash and case as one likes), or by the beginning of the peer id.
 *
 * @throws PeermergeError ERR_WHO_UNKNOWN, ERR_WHO_AMBIGUOUS - with the candidates
 */
export function findWho<T extends Candidate>(who: string, candidates: readonly T[], operand: string): T {
  const found = candidates.filter((candidate) => isMeant(who, candidate))
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  const listed = (found.length > 0 ? found : candidates).map(describeWho)
  const detail = { who, candidates: listed }
  if (found.length > 1) {
    const problem = `${operand} ${who}: may be ${listed.join(' or ')}; give fingerprint or peer id`
    throw new PeermergeError('ERR_WHO_AMBIGUOUS', problem, detail)
  }
  const there = listed.length === 0 ? 'there is nobody' : `there are ${listed.join(', ')}`
  throw new PeermergeError('ERR_WHO_UNKNOWN', `${operand} ${who}: nobody by this name, fingerprint or peer id; ${there}`, detail) // prettier-ignore
}

export function describeWho({ peer, name }: Candidate): string {
  return `${name} ${peerFingerprint(peer)} ${peer}`
}

export function memberCandidates({ members }: LedgerState): Candidate[] {
  return [...members.values()].map(({ id, name }) => ({ peer: id, name }))
}

function isMeant(who: string, { peer, name }: Candidate): boolean {
  const isId = who.length >= MIN_ID_LETTERS && who.startsWith(ID_PREFIX) && peer.startsWith(who)
  return name === who || isId || letters(peerFingerprint(peer)) === letters(who)
}

function letters(fingerprint: string): string {
  return fingerprint.replace(/[\s-]/gu, '').toUpperCase()
}
