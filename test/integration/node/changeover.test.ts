// Members vote for another charter while their nodes run: the nodes go over to it by themselves.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { charterDigest, formatCharter, type Charter } from '../../../src/node/charter.ts'
import { connectControl } from '../../../src/node/control-client.ts'
import { readCharter, readConfig, writeConfig } from '../../../src/node/home.ts'
import { createNode } from '../../../src/node/node.ts'
import type { NodeEvent } from '../../../src/node/node-event.ts'
import type { NodeStatus } from '../../../src/node/status/types.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { runToOneMerge, threeSites, until, type Sites } from './three-sites.ts'

const DEADLINE_MS = 120_000

async function amend(
  sites: Sites,
  voters: readonly number[],
  next: Charter,
  carries: 'contributions' | 'nothing',
): Promise<void> {
  for (const voter of voters) {
    const control = await connectControl(sites.paths[voter]!)
    await control.execute({ command: 'amend', charter: formatCharter(next), carries })
  }
}

function agreeUnder(charter: string, known: number): (statuses: readonly NodeStatus[]) => boolean {
  return (all) =>
    all.every(
      (one) =>
        one.charter === charter &&
        one.done &&
        one.merge?.known === known &&
        one.merge.digest === all[0]?.merge?.digest,
    )
}

test(
  'three nodes change over to an amended charter while they train, and agree on one merge under it',
  { timeout: 2 * DEADLINE_MS },
  async () => {
    const sites = await threeSites({ contributionsPerTask: 1, classifier: { rule: 'counts' } })
    const nodes: PeermergeNode[] = []
    try {
      await runToOneMerge(sites, nodes, 3)
      const before = nodes[0]!.status()
      const told = nodes.map(() => [] as NodeEvent[])
      nodes.forEach((node, i) => node.subscribe((event) => told[i]!.push(event)))
      const founding = await readCharter(sites.paths[0]!)
      const longer = { ...founding, schedule: { ...founding.schedule, contributionsPerTask: 2 } }
      await amend(sites, [0, 1], longer, 'contributions')
      await until(nodes, (all) => all.some(({ activity }) => activity.kind === 'training'), DEADLINE_MS)
      const next = {
        ...longer,
        ridge: 10 * longer.ridge,
        schedule: { ...longer.schedule, contributionsPerTask: 3 },
      }
      await amend(sites, [2, 1], next, 'contributions') // what trains just now is broken off

      const after = await until(nodes, agreeUnder(charterDigest(next), 9), DEADLINE_MS)
      for (const [i, status] of after.entries()) {
        assert.equal(status.ledger?.charter, status.charter)
        assert.equal(status.own.adapters, 3)
        assert.deepEqual(status.problems, [])
        assert.notEqual(status.merge?.digest, before.merge?.digest)
        const changes = told[i]!.filter((event) => event.type === 'charter')
        assert.equal(changes.at(-1)?.charter, charterDigest(next))
        assert.ok(!told[i]!.some(({ type }) => type === 'stopped'))
        const numbers = told[i]!.filter((event) => event.type === 'published').map(({ sequence }) => sequence)
        assert.deepEqual(numbers, [2, 3], 'each number once')
      }
    } finally {
      for (const node of nodes) await node.stop()
      await sites.remove()
    }
  },
)

test(
  'a site that cannot go by the amended charter says why, stays up under the earlier one, and changes over once that is put right',
  { timeout: 2 * DEADLINE_MS },
  async () => {
    const sites = await threeSites({ contributionsPerTask: 1, classifier: { rule: 'counts' } })
    const nodes: PeermergeNode[] = []
    try {
      await runToOneMerge(sites, nodes, 3)
      const [press] = [sites.paths[2]!]
      const config = await readConfig(press)
      await writeConfig(press, { ...config, training: { heads: { count: 2, score: 'random' } } })
      const founding = await readCharter(press)
      const next: Charter = { ...founding, adapter: { ...founding.adapter, heads: 1 } as Charter['adapter'] }
      await amend(sites, [0, 1], next, 'nothing')

      const here = (): NodeStatus => nodes[2]!.status()
      await until(nodes, () => here().problems.some(({ code }) => code === 'changeover-failed'), DEADLINE_MS)
      const problem = here().problems.find(({ code }) => code === 'changeover-failed')!.message
      assert.match(problem, /training\.heads\.count: expected at most 1, got 2/)
      await until(nodes.slice(0, 2), agreeUnder(charterDigest(next), 2), DEADLINE_MS)
      const [waiting] = await until(
        [nodes[2]!],
        ([s]) => s!.members.every(({ self, connected }) => self || connected),
        DEADLINE_MS,
      )
      assert.equal(waiting!.charter, charterDigest(founding))
      assert.equal(waiting!.ledger?.charter, charterDigest(next))
      assert.match(waiting!.activity.text, /a charter that this site can go by/)
      assert.equal(waiting!.problems.filter(({ code }) => code === 'changeover-failed').length, 1)

      await writeConfig(press, config)
      await nodes[2]!.stop()
      nodes[2] = await createNode({ home: press.root })
      await nodes[2].start()
      await until(nodes, agreeUnder(charterDigest(next), 3), DEADLINE_MS)
    } finally {
      for (const node of nodes) await node.stop()
      await sites.remove()
    }
  },
)
