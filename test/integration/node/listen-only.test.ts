import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectControl } from '../../../src/node/control-client.ts'
import type { NodeEvent } from '../../../src/node/node-event.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { loadPersonal } from '../../../src/node/personal/personal-file.ts'
import type { FedAltState } from '../../../src/node/personal/personal-state.ts'
import type { MembersReport } from '../../../src/node/membership/types.ts'
import { contributionsOf } from './contribution-payloads.ts'
import { STAGED, startSite } from './staged-rounds.ts'
import { threeSites, until } from './three-sites.ts'

const DEADLINE_MS = 120_000
const LISTENER = 2
/** Whoever waits for the site that only listens is not done before the test is over. */
const PATIENCE = { waitFor: 'all', patienceMs: 3_600_000, startPatienceMs: 5_000 } as const
const settings = (site: number) => ({ pacing: PATIENCE, contribute: site !== LISTENER })

test(
  'a site that only listens has a model of its own beside the others, publishes nothing, and nobody waits for it',
  { timeout: 2 * DEADLINE_MS },
  async () => {
    const charter = {
      adapter: { kind: 'lora', rank: 2, alpha: 4, trains: 'AB', seed: 's' },
      rule: 'mean',
      classifier: { rule: 'analytic', features: 'frozen', ridge: 0.01 },
      contributionsPerTask: 2,
      scores: 'shared',
      personal: { method: 'fedalt', rest: 'products' },
    } as const
    const sites = await threeSites(charter, settings)
    const nodes: PeermergeNode[] = []
    const heard: NodeEvent[] = []
    try {
      for (const site of [0, 1, 2]) await startSite(sites, nodes, site, (event) => site === LISTENER && heard.push(event)) // prettier-ignore
      const done = await until(
        nodes,
        (all) => all.every((one) => one.done && one.merge?.contributors.length === 2 && one.merge.digest === all[0]!.merge?.digest), // prettier-ignore
        DEADLINE_MS,
      )
      const press = done[LISTENER]!
      assert.deepEqual([press.own, press.problems], [{ adapters: 0, statistics: 0, target: 0 }, []])
      const { members, agreement } = done[0]!
      assert.deepEqual(members.map(({ contributes }) => contributes), [true, true, false]) // prettier-ignore
      assert.equal(agreement.of, 2)
      assert.match(agreement.text, /press only listens$/)
      const report = (await (await connectControl(sites.paths[1]!)).execute({ command: 'members' })) as MembersReport // prettier-ignore
      assert.equal(report.members.find(({ name }) => name === 'press')!.contributes, false)
      assert.ok(heard.some((event) => event.type === 'personal' && event.others.length === 2))
      assert.ok(heard.every(({ type }) => type !== 'published' && type !== 'scores-shared'))
      for (const node of nodes) await node.stop()
      const authors = [...(await contributionsOf(sites.paths[LISTENER]!)).values()].map(({ header }) => header.peer) // prettier-ignore
      assert.ok(authors.length > 0 && !authors.includes(nodes[LISTENER]!.peer))
      const { trainings, met } = (await loadPersonal(sites.paths[LISTENER]!.personal)) as FedAltState
      assert.deepEqual([trainings, met.length], [2, 2])
    } finally {
      for (const node of nodes) await node.stop()
      await sites.remove()
    }
  },
)

test(
  'in rounds a site that only listens passes and from the next round on does not vote; the others go on when it is away',
  { timeout: 2 * DEADLINE_MS },
  async () => {
    const sites = await threeSites(STAGED, settings)
    const nodes: PeermergeNode[] = []
    const voters: (readonly string[])[] = []
    try {
      for (const site of [0, 1, 2]) await startSite(sites, nodes, site, (event) => site === 0 && event.type === 'round' && voters.push(event.voters)) // prettier-ignore
      await until(nodes, (all) => all.every(({ round }) => round !== null && round.round >= 1), DEADLINE_MS)
      await nodes[LISTENER]!.stop()
      await until(nodes.slice(0, 2), (all) => all.every(({ merge }) => merge?.generation === 3), DEADLINE_MS)
      assert.deepEqual([...voters[0]!].sort(), ['foundry', 'mill'])
      assert.deepEqual(nodes[0]!.status().merge!.contributors.length, 2)
    } finally {
      for (const node of nodes) await node.stop()
      await sites.remove()
    }
  },
)
