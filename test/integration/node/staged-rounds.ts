import type { CharterOptions } from '../../../src/node/build-charter.ts'
import type { NodeEvent } from '../../../src/node/node-event.ts'
import type { NodeStatus } from '../../../src/node/status/types.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { createNode } from '../../../src/node/node.ts'
import type { Sites } from './three-sites.ts'

/** A task is three rounds: B, A and its end. */
export const STAGED: Partial<CharterOptions> = {
  adapter: { kind: 'lora', rank: 2, alpha: 2, trains: 'AB', seed: 'staged' },
  rule: 'lorm',
  schedule: 'staged',
  contributionsPerTask: 2,
  classifier: { rule: 'counts' },
  floors: { samples: 4, perClass: 1 },
}

/** All hold the merge after so many rounds. */
export const haveMerged = (rounds: number) => (statuses: readonly NodeStatus[]): boolean =>
  statuses.every(({ merge }) => merge?.generation === rounds && merge.digest === statuses[0]?.merge?.digest) // prettier-ignore

/** Starts a site's node, added to `nodes`, which dials the first of them. */
export async function startSite(
  sites: Sites,
  nodes: PeermergeNode[],
  site: number,
  listen: (event: NodeEvent) => void = () => undefined,
): Promise<PeermergeNode> {
  if (nodes.length > 0) await sites.dial(site, nodes[0]!.status().addresses)
  const node = await createNode({ home: sites.paths[site]!.root })
  nodes.push(node)
  node.subscribe(listen)
  await node.start()
  return node
}
