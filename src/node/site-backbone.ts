import { PeermergeError } from '../errors.ts'
import { backboneDigest, type ResolvedBackbone } from '../training/index.ts'
import type { Charter } from './charter.ts'
import { findBackbone, type FetchContext } from './find-backbone.ts'

/**
 * The backbone that a site names, fetched where it has to be, once it has turned out to be the consortium's.
 *
 * @throws HubError, BackboneError - it cannot be had or read; PeermergeError ERR_WRONG_BACKBONE - it is another one
 */
export async function siteBackbone(
  charter: Charter,
  nameOrDir: string,
  context: FetchContext = {},
): Promise<ResolvedBackbone> {
  const found = await findBackbone(nameOrDir, context)
  const actual = await backboneDigest(found.dir, context.signal)
  const expected = charter.backbone.digest
  if (actual === expected) return found
  const { dir } = found
  throw new PeermergeError(
    'ERR_WRONG_BACKBONE',
    `backbone ${dir}: its digest is ${actual}, the charter's is ${expected}; get the same files as the other members`,
    { dir, expected, actual },
  )
}
