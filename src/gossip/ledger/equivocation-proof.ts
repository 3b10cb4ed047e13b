import { decodeHeader } from '../../merge/index.ts'
import { decodeEnvelope } from '../contributions/envelope.ts'
import { openEnvelope } from '../contributions/open-envelope.ts'
import { RefusedError } from '../errors.ts'
import type { EquivocationAction } from './types.ts'

export interface Equivocation {
  readonly peer: string
  readonly sequence: number
}

/**
 * Two contributions that one peer signed under one number. The one with the smaller id comes first, so that two finders say the same.
 *
 * @throws RefusedError `malformed` - they do not contradict each other; and what `openEnvelope` throws
 */
export async function openProof(
  { first, second }: Pick<EquivocationAction, 'first' | 'second'>,
  consortium: string,
): Promise<Equivocation> {
  const [one, other] = await Promise.all([openEnvelope(first, consortium), openEnvelope(second, consortium)])
  const { peer, sequence } = one.header
  if (peer !== other.header.peer || sequence !== other.header.sequence || one.id >= other.id) {
    throw new RefusedError(
      'malformed',
      'equivocation',
      'two different contributions of one peer and number, the smaller id first',
    )
  }
  return { peer, sequence }
}

/** Peer and number of a proof that has been opened before. */
export function decodeProof(first: Uint8Array): Equivocation {
  const { peer, sequence } = decodeHeader(decodeEnvelope(first).header)
  return { peer, sequence }
}
