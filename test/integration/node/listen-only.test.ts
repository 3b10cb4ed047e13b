import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { connectControl } from '../../../src/node/control-client.ts'
import type { NodeEvent } from '../../../src/node/node-event.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { loadPersonal } from '../../../src/node/personal/personal-file.ts'
import type { FedAltState } from '../../../src/node/personal/personal-state.ts'
import type { MembersReport } from '../../../src/node/membership/types.ts'
import { peermergeBeside } from '../../helpers/node/run-program.ts'
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
  'a site that only listens needs no data: it holds the same merge, answers by it, and says that it scores none',
  { timeout: 2 * DEADLINE_MS },
  async () => {
    const charter = { classifier: { rule: 'counts' }, contributionsPerTask: 1 } as const
    const connected = { waitFor: 'connected', patienceMs: 0, startPatienceMs: 2_000 } as const
    const sites = await threeSites(charter, (site) => ({
      pacing: connected,
      ...(site === LISTENER && { contribute: false, data: undefined }),
    }))
    const nodes: PeermergeNode[] = []
    const heard: NodeEvent[] = []
    try {
      await startSite(sites, nodes, 0)
      await startSite(sites, nodes, LISTENER, (event) => heard.push(event))
      const [foundry, press] = await until(nodes, (all) => all.every(({ done, merge }) => done && merge?.cut.length === 1), DEADLINE_MS) // prettier-ignore
      assert.equal(press!.merge!.digest, foundry!.merge!.digest)
      assert.match(press!.activity.text, /only listens and has no data: merges are not scored here, and the newest one answers$/) // prettier-ignore
      assert.deepEqual([press!.problems, press!.served], [[], null])
      assert.ok(heard.every(({ type }) => type !== 'scored' && type !== 'published'))
      const home = ['--home', sites.paths[LISTENER]!.root] as const
      const answered = await peermergeBeside('predict', ...home, '--json', join(sites.folders[0]!, 'plain'))
      assert.equal(answered.code, 0, answered.stderr)
      assert.ok(answered.stdout.includes(press!.merge!.digest))
      const labelled = await peermergeBeside('eval', ...home, '--data', sites.folders[0]!, '--json')
      assert.equal(labelled.code, 0, labelled.stderr)
      for (const command of ['choose', 'eval']) {
        const { code, stderr } = await peermergeBeside(command, ...home)
        assert.match(`${code} ${stderr}`, /^[12] .*press has no data, as it only listens.*ERR_NO_DATA/s)
      }
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
    const sites = await threeSites(STAGED, (site) => ({ ...settings(site), ...(site === LISTENER && { data: undefined }) })) // prettier-ignore
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
