import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import type { OutboxReport } from '../../../src/node/outbox/outbox-report.ts'
import { decideAtHome } from '../../../src/node/outbox/decide-at-home.ts'
import { haveMerged, STAGED, startSite } from '../../integration/node/staged-rounds.ts'
import { threeSites, until } from '../../integration/node/three-sites.ts'

/** B, A and the end of the only task. */
const ROUNDS = 3
const DEADLINE_MS = 180_000
const HOLDING = 2

test(
  'a round whose majority is held waits for a person; one with a majority besides is decided without what is held, which lapses',
  { timeout: 4 * DEADLINE_MS },
  async () => {
    const sites = await threeSites(STAGED)
    const nodes: PeermergeNode[] = []
    const lapsed: string[] = []
    const start = (site: number): Promise<PeermergeNode> =>
      startSite(sites, nodes, site, (event) => {
        if (event.type === 'outbox' && event.state === 'lapsed') lapsed.push(event.reason)
      })
    try {
      await writeFile(sites.paths[HOLDING]!.policy, '{"v":1,"outbox":true}')
      const holding = await start(HOLDING)
      const held = (round: number): Promise<OutboxReport> =>
        until([holding], ([status]) => status!.policy.outbox.waiting.some((item) => item.round === round), DEADLINE_MS).then(([status]) => status!.policy.outbox.waiting[0]!) // prettier-ignore
      const other = await start(1)
      const first = await held(0)
      await until([other], ([status]) => status!.own.adapters === 1, DEADLINE_MS)
      assert.deepEqual(nodes.map((node) => node.status().merge), [null, null], 'one of three is no majority') // prettier-ignore
      const command = { command: 'outbox-release', id: first.id, by: 'A. Novak', reason: '' } as const
      await decideAtHome(sites.paths[HOLDING]!, command, { signal: AbortSignal.timeout(DEADLINE_MS), wallNow: Date.now }) // prettier-ignore
      const [merged] = await until(nodes, haveMerged(1), DEADLINE_MS)
      assert.equal(merged!.merge!.cut.length, 2)
      assert.ok(merged!.merge!.cut.includes(first.publishedId))

      await held(1)
      await start(0)
      await until(nodes, haveMerged(ROUNDS), 2 * DEADLINE_MS)
      await until([holding], ([status]) => status!.policy.outbox.waiting.length === 0, DEADLINE_MS)
      assert.equal(lapsed[0], 'round 1 was decided without it')
      const last = holding.status()
      assert.equal(last.own.adapters, 1)
      assert.equal(last.members.find(({ self }) => self)?.included, 1)
      assert.ok(last.merge!.cut.includes(first.publishedId), 'what was released stays merged')
    } finally {
      for (const node of nodes) await node.stop()
      await sites.remove()
    }
  },
)
