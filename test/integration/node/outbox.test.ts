import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { readLog } from '../../../src/node/audit/read-log.ts'
import type { HomePaths } from '../../../src/node/home.ts'
import { createNode } from '../../../src/node/node.ts'
import type { NodeInit, PeermergeNode } from '../../../src/node/node-api.ts'
import type { NodeEvent } from '../../../src/node/node-event.ts'
import { decideAtHome } from '../../../src/node/outbox/decide-at-home.ts'
import { showHeld } from '../../../src/node/outbox/show-held.ts'
import { threeSites, until, type Sites } from './three-sites.ts'

const DEADLINE_MS = 90_000
const TRAINING = { epochs: 1, batchSize: 8 }

/** Two of three sites, in the order in which they are started; a policy is written before. */
async function withNodes(
  policies: readonly (object | null)[],
  init: Partial<NodeInit>,
  job: (nodes: readonly PeermergeNode[], sites: Sites, events: NodeEvent[]) => Promise<void>,
): Promise<void> {
  const sites = await threeSites(
    { classifier: { rule: 'counts' }, contributionsPerTask: 1, training: TRAINING },
    () => ({
      pacing: { waitFor: 'connected', startPatienceMs: 2_000 },
      publish: { worseThanBase: 'warn' },
    }),
  )
  const nodes: PeermergeNode[] = []
  const events: NodeEvent[] = []
  try {
    for (const [i, policy] of policies.entries()) {
      if (policy !== null) await writeFile(sites.paths[i]!.policy, JSON.stringify({ v: 1, ...policy }))
      if (nodes.length > 0) await sites.dial(i, nodes[0]!.status().addresses)
      const node = await createNode({ home: sites.paths[i]!.root, ...init })
      nodes.push(node)
      node.subscribe((event) => events.push(event))
      await node.start()
    }
    await job(nodes, sites, events)
  } finally {
    for (const node of nodes) await node.stop()
    await sites.remove()
  }
}

async function kinds({ audit }: HomePaths): Promise<string[]> {
  const found: string[] = []
  await readLog(audit, { onEntry: ({ kind }) => found.push(kind) })
  return found.filter((kind) => /^contribution-(held|released|published)$/.test(kind))
}

test(
  'a contribution that is held is at no other site; released by a named person, it is merged there',
  { timeout: 240_000 },
  async () => {
    await withNodes([{ outbox: true }, null], {}, async ([held, other], sites) => {
      const paths = sites.paths[0]!
      await until([held!], ([status]) => status!.policy.outbox.waiting.length === 1, DEADLINE_MS)
      await until([other!], ([status]) => status!.done, DEADLINE_MS)
      const [mine, theirs] = await until([held!, other!], ([a, b]) => a!.merge !== null && a!.merge.digest === b!.merge?.digest, DEADLINE_MS) // prettier-ignore
      assert.deepEqual([mine!.merge?.cut.length, theirs!.merge?.cut.length], [1, 1], 'of the other alone')
      assert.deepEqual([mine!.own.adapters, theirs!.store.fetching], [0, 0])
      assert.equal(mine!.activity.kind, 'waiting')
      const [item] = mine!.policy.outbox.waiting
      assert.ok((await showHeld(paths, item!.id.slice(0, 8))).tensors!.length > 2)
      const command = {
        command: 'outbox-release',
        id: item!.id,
        by: 'A. Novak',
        reason: 'ticket 4711',
      } as const
      const { signal } = new AbortController()
      const report = await decideAtHome(paths, command, { signal, wallNow: Date.now })
      assert.deepEqual([report.state, report.by], ['released', 'A. Novak'])
      await until([held!, other!], (all) => all.every(({ merge }) => merge?.cut.length === 2), DEADLINE_MS)
      assert.deepEqual(held!.status().policy.outbox.waiting, [])
      await held!.stop()
      assert.deepEqual(await kinds(paths), ['contribution-held', 'contribution-released', 'contribution-published']) // prettier-ignore
    })
  },
)

test(
  'a floor stricter than the charter’s keeps a contribution at home, and a policy that forbids the charter’s statistics the node',
  { timeout: 240_000 },
  async () => {
    await withNodes([{ floors: { samples: 1000 } }], {}, async ([node], sites, events) => {
      const [status] = await until([node!], ([one]) => one!.activity.kind === 'failed', DEADLINE_MS)
      assert.match(status!.activity.text, /below-policy-floor.*policy\.json asks for at least 1000/)
      const refused = events.find((event) => event.type === 'publish-gate')
      assert.equal(refused?.type === 'publish-gate' && refused.reason, 'below-policy-floor')
      assert.equal(status!.store.admitted, 0)
      assert.deepEqual(status!.policy.limits.floorSamples, { value: 1000, from: 'policy' })
      await node!.stop()
      await writeFile(sites.paths[0]!.policy, '{"v":1,"statistics":[]}')
      await using forbidden = await createNode({ home: sites.paths[0]!.root })
      await assert.rejects(forbidden.start(), { code: 'ERR_POLICY', message: /grams-projected/ })
    })
  },
)

test(
  'in quiet hours nothing is trained and no payload is served; when the clock says that they are over, both go on',
  { timeout: 240_000 },
  async () => {
    const clock = { now: Date.parse('2026-11-26T12:00:00Z') }
    const quietHours = [{ from: '10:00', to: '14:00', timeZone: 'UTC' }]
    const wallNow = (): number => clock.now
    await withNodes([{ quietHours }, null], { wallNow }, async (nodes, _sites, events) => {
      const [quiet, other] = nodes
      await until([other!], ([status]) => status!.done, DEADLINE_MS)
      const [status] = await until([quiet!], ([one]) => one!.store.fetching > 0, DEADLINE_MS)
      assert.match(status!.activity.text, /quiet hours: no training until 2026-11-26T14:00/)
      assert.equal(status!.policy.quiet.sharing, '2026-11-26T14:00:00.000Z')
      assert.deepEqual([status!.own.adapters, status!.store.admitted], [0, 0])
      clock.now = Date.parse('2026-12-03T15:00:00Z') // it jumps
      await until(nodes, (all) => all.every(({ done, merge }) => done && merge?.cut.length === 2), DEADLINE_MS) // prettier-ignore
      assert.ok(events.some((event) => event.type === 'quiet' && event.until === null))
    })
  },
)
