import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectControl } from '../../../src/node/control-client.ts'
import { createNode } from '../../../src/node/node.ts'
import type { NodeStatus, PeermergeNode } from '../../../src/node/types.ts'
import { replaysOffline } from './replays-offline.ts'
import { threeSites, until } from './three-sites.ts'

/** B, A and the end of the only task. */
const ROUNDS = 3
const DEADLINE_MS = 120_000

const haveMerged = (statuses: readonly NodeStatus[]): boolean =>
  statuses.every(({ merge }) => merge?.generation === ROUNDS && merge.digest === statuses[0]?.merge?.digest)

test(
  'what is withdrawn before its cut is made anew; what a cut has merged stays in it, also for a site that comes later',
  { timeout: 3 * DEADLINE_MS },
  async () => {
    const sites = await threeSites({
      adapter: { kind: 'lora', rank: 2, alpha: 2, trains: 'AB', seed: 'staged' },
      rule: 'lorm',
      schedule: 'staged',
      contributionsPerTask: 2,
      classifier: { rule: 'counts' },
      floors: { samples: 4, perClass: 1 },
    })
    const nodes: PeermergeNode[] = []
    const published: number[] = []
    const start = async (site: number): Promise<PeermergeNode> => {
      if (nodes.length > 0) await sites.dial(site, nodes[0]!.status().addresses)
      const node = await createNode({ home: sites.paths[site]!.root })
      nodes.push(node)
      if (site === 2) node.subscribe((event) => event.type === 'published' && published.push(event.generation)) // prettier-ignore
      await node.start()
      return node
    }
    const withdraw = async (): Promise<unknown> => (await connectControl(sites.paths[2]!)).execute({ command: 'withdraw' }) // prettier-ignore
    try {
      await start(2)
      await until(nodes, () => published.length === 1, DEADLINE_MS)
      await withdraw() // alone it is no majority, so nothing is cut
      await start(1)
      const [first] = await until(nodes, haveMerged, DEADLINE_MS)
      assert.deepEqual(published, [1, 1, 2, 3])
      const { cut, digest } = first!.merge!
      assert.equal(cut.length, 6)

      await withdraw()
      const late = await start(0)
      const [caughtUp] = await until([late], ([status]) => haveMerged([status!, first!]), DEADLINE_MS)
      assert.deepEqual(caughtUp!.merge!.cut, cut)
      await late.stop()
      await replaysOffline(sites.paths[0]!, digest, ['withdrawn', 'late'])
    } finally {
      for (const node of nodes) await node.stop()
      await sites.remove()
    }
  },
)
