import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectControl } from '../../../src/node/control-client.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { replaysOffline } from '../../integration/node/replays-offline.ts'
import { haveMerged, STAGED, startSite } from '../../integration/node/staged-rounds.ts'
import { threeSites, until } from '../../integration/node/three-sites.ts'

/** B, A and the end of the only task. */
const ROUNDS = 3
const DEADLINE_MS = 120_000

test(
  'what is withdrawn before its cut is made anew; what a cut has merged stays in it, also for a site that comes later',
  { timeout: 3 * DEADLINE_MS },
  async () => {
    const sites = await threeSites(STAGED)
    const nodes: PeermergeNode[] = []
    const published: number[] = []
    const start = (site: number): Promise<PeermergeNode> =>
      startSite(sites, nodes, site, (event) => {
        if (site === 2 && event.type === 'published') published.push(event.generation)
      })
    const withdraw = async (): Promise<unknown> => (await connectControl(sites.paths[2]!)).execute({ command: 'withdraw' }) // prettier-ignore
    try {
      await start(2)
      await until(nodes, () => published.length === 1, DEADLINE_MS)
      await withdraw() // alone it is no majority, so nothing is cut
      await start(1)
      const [first] = await until(nodes, haveMerged(ROUNDS), DEADLINE_MS)
      assert.deepEqual(published, [1, 1, 2, 3])
      const { cut, digest } = first!.merge!
      assert.equal(cut.length, 6)

      await withdraw()
      const late = await start(0)
      const [caughtUp] = await until([late], ([status]) => haveMerged(ROUNDS)([status!, first!]), DEADLINE_MS)
      assert.deepEqual(caughtUp!.merge!.cut, cut)
      await late.stop()
      await replaysOffline(sites.paths[0]!, digest, ['withdrawn', 'late'])
    } finally {
      for (const node of nodes) await node.stop()
      await sites.remove()
    }
  },
)
