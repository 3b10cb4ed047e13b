import assert from 'node:assert/strict'
import { test } from 'node:test'
import { charterDigest, formatCharter, type Charter } from '../../../src/node/charter.ts'
import { connectControl } from '../../../src/node/control-client.ts'
import { readCharter } from '../../../src/node/home.ts'
import type { NodeStatus } from '../../../src/node/status/types.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { replaysOffline } from '../../integration/node/replays-offline.ts'
import { haveMerged, STAGED, startSite } from '../../integration/node/staged-rounds.ts'
import { threeSites, until } from '../../integration/node/three-sites.ts'

/** B, A and the end of the only task. */
const ROUNDS = 3
const DEADLINE_MS = 120_000

const haveMergedUnder = (charter: string) => (statuses: readonly NodeStatus[]): boolean =>
  haveMerged(ROUNDS)(statuses) && statuses.every((one) => one.charter === charter) // prettier-ignore

test(
  'rounds go on under an amended charter that changes no merge, also for a site that comes later; another amendment is refused by name',
  { timeout: 3 * DEADLINE_MS },
  async () => {
    const sites = await threeSites(STAGED)
    const nodes: PeermergeNode[] = []
    const start = (site: number): Promise<PeermergeNode> => startSite(sites, nodes, site)
    const amend = async (site: number, next: Charter, carries: 'contributions' | 'nothing' = 'contributions'): Promise<unknown> =>
      (await connectControl(sites.paths[site]!)).execute({ command: 'amend', charter: formatCharter(next), carries }) // prettier-ignore
    try {
      const founding = await readCharter(sites.paths[0]!)
      const next = { ...founding, training: { ...founding.training, learningRate: 1e-3 }, privacy: { ...founding.privacy, scores: 'shared' as const } } // prettier-ignore
      await start(2)
      const own = ({ members, peer }: NodeStatus): number => members.find(({ id }) => id === peer)!.adapters
      await until(nodes, ([status]) => own(status!) === 1, DEADLINE_MS) // made under the founding charter, for a round that is not decided
      await assert.rejects(amend(2, { ...founding, ridge: 10 * founding.ridge }), { code: 'ERR_ROUNDS_AMENDED' }) // prettier-ignore
      await assert.rejects(amend(2, next, 'nothing'), { code: 'ERR_ROUNDS_AMENDED' })
      await amend(2, next)
      await start(1)
      await amend(1, next)
      const [first] = await until(nodes, haveMergedUnder(charterDigest(next)), DEADLINE_MS)
      assert.equal(first!.merge!.cut.length, 6)
      assert.deepEqual(first!.problems, [])
      await until(nodes, (all) => all.every(({ scores }) => scores.consortium?.sites === 2), DEADLINE_MS)

      const late = await start(0)
      await until([...nodes], haveMergedUnder(charterDigest(next)), DEADLINE_MS)
      await late.stop()
      await replaysOffline(sites.paths[0]!, first!.merge!.digest, ['late'])
    } finally {
      for (const node of nodes) await node.stop()
      await sites.remove()
    }
  },
)
