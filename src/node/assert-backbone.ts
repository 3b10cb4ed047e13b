import { PeermergeError } from '../errors.ts'
import { backboneDigest } from '../training/index.ts'
import type { Charter } from './charter.ts'

/**
 * Whether the backbone on this disk is the consortium's.
 *
 * @throws PeermergeError ERR_WRONG_BACKBONE, BackboneError
 */
export async function assertBackbone(charter: Charter, dir: string, signal?: AbortSignal): Promise<void> {
  const actual = await backboneDigest(dir, signal)
  const expected = charter.backbone.digest
  if (actual === expected) return
  throw new PeermergeError(
    'ERR_WRONG_BACKBONE',
    `backbone ${dir}: its digest is ${actual}, the charter's is ${expected}; get the same files as the other members`,
    { dir, expected, actual },
  )
}
