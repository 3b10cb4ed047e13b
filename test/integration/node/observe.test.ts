import assert from 'node:assert/strict'
import { readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { DashboardAddress } from '../../../src/node/dashboard/dashboard-port.ts'
import type { DashboardState } from '../../../src/node/dashboard/wire.ts'
import { connectControl } from '../../../src/node/control-client.ts'
import { openFileLog } from '../../../src/node/logger.ts'
import { createNode } from '../../../src/node/node.ts'
import { renderStatus } from '../../../src/node/status/render-status.ts'
import type { NodeEvent } from '../../../src/node/node-event.ts'
import type { NodeStatus } from '../../../src/node/status/types.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { readMetrics } from '../../helpers/read-metrics.ts'
import { threeSites, until } from './three-sites.ts'

const agreeing = ({ agreement }: NodeStatus): number => agreement.holding.length

test('what three nodes say of each other: status, metrics, events, log', { timeout: 120_000 }, async () => {
  const sites = await threeSites({ contributionsPerTask: 1, classifier: { rule: 'counts' } })
  const logFile = join(sites.paths[0]!.root, 'node.log')
  using log = openFileLog(logFile, 'trace')
  const nodes: PeermergeNode[] = []
  try {
    const start = async (site: number): Promise<void> => {
      if (site > 0) await sites.dial(site, nodes[0]!.status().addresses)
      const own = site === 0 ? { logger: log.logger, metrics: { listen: '127.0.0.1:0' } } : {}
      nodes.push(await createNode({ home: sites.paths[site]!.root, ...own }))
      await nodes[site]!.start()
    }
    for (const site of [0, 1]) await start(site)
    const [alone] = await until(
      nodes,
      ([first]) => first!.merge?.cut.length === 2 && agreeing(first!) === 2,
      60_000,
    )
    assert.equal(alone!.agreement.text, '2 of 3 hold this merge; press not heard from yet')
    assert.equal(alone!.members[2]!.lastSeen, null)

    const events: NodeEvent[] = []
    nodes[0]!.subscribe((event) => events.push(event))
    await start(2)
    const all = await until(
      nodes,
      (of) => of.every((s) => s.merge?.cut.length === 3 && agreeing(s) === 3),
      60_000,
    )
    for (const status of all) {
      assert.equal(status.agreement.text, 'all 3 members hold this merge')
      for (const member of status.members.filter(({ self }) => !self)) {
        assert.equal(member.connection?.path, 'direct')
        assert.ok(Date.parse(member.newest!.receivedAt!) <= Date.parse(status.at))
      }
      assert.match(renderStatus(status, 80), /all 3 members hold this merge/)
    }
    assert.ok(
      events.some((event) => event.type === 'path' && event.name === 'press' && event.path === 'direct'),
    )
    assert.ok(events.some((event) => event.type === 'agreement' && event.holding.length === 3))

    const control = await connectControl(sites.paths[0]!)
    const read = readMetrics(await control.metrics())
    assert.equal(read.get('peermerge_members_agreeing'), 3)
    assert.equal(read.get('peermerge_connections{path="direct"}'), 2)
    assert.equal(read.get('peermerge_contributions{state="admitted"}'), 3)
    assert.ok(read.get('peermerge_chunks_fetched_total')! >= 2)
    assert.ok(read.get('peermerge_chunks_served_total')! >= 1) // the third may fetch from the second
    assert.ok(read.get('peermerge_reconciliations_total')! >= 1)
    assert.ok(
      read.get('peermerge_protocol_bytes_total{protocol="/peermerge/chunk/1",direction="received"}')! > 4000,
    )
    assert.ok(read.get('peermerge_protocol_bytes_total{protocol="announce",direction="received"}')! > 0)
    assert.ok(read.get('peermerge_activity_seconds_total{activity="training"}')! > 0)
    assert.ok(read.get('peermerge_merges_total')! >= 2)

    const { url: page, open } = (await control.execute({ command: 'dashboard' })) as DashboardAddress
    assert.deepEqual(await control.execute({ command: 'dashboard' }), { url: page, open }, 'opened once')
    const headers = { authorization: `Bearer ${open.split('#token=')[1]!}` }
    const shown = (await (await fetch(`${page}/api/state`, { headers })).json()) as DashboardState
    assert.deepEqual(
      shown.members.map(({ name, included, path, complaint }) => [name, included, path, complaint]),
      ['foundry', 'mill', 'press'].map((name) => [name, 1, name === 'foundry' ? null : 'direct', null]),
    )
    assert.equal(shown.members.reduce((sum, { share }) => sum + share!, 0).toFixed(9), '1.000000000')
    assert.equal(shown.egress?.contributions, 1)
    assert.ok(shown.accuracy.models.some(({ role, count }) => role === 'trained' && count > 0))
    assert.match(await (await fetch(page)).text(), /app\.js/)

    const lines = (await readFile(logFile, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as LogLine)
    const url = lines.find(({ at }) => at === 'node:metrics')!.url!
    assert.equal(readMetrics(await (await fetch(url)).text()).get('peermerge_members'), 3)
    const connected = lines.find(({ event, member }) => event === 'peer' && member === 'press')
    assert.equal(connected?.peer, nodes[2]!.peer)
    const nameless = lines.filter(
      ({ at, peer, member }) => at === 'gossip' && peer !== undefined && member === undefined,
    )
    assert.deepEqual(nameless, [])
    await assertNoSecrets(sites.paths[0]!, [
      await readFile(logFile, 'utf8'),
      JSON.stringify(events),
      JSON.stringify(all),
    ])

    await rename(logFile, `${logFile}.1`)
    log.reopen()
    await nodes[2]!.stop()
    const [left] = await until(nodes.slice(0, 1), ([s]) => s!.members[2]!.connection === null, 20_000)
    assert.notEqual(left!.members[2]!.lastSeen, null)
    assert.match(await readFile(logFile, 'utf8'), /press/)

    await nodes[0]!.stop()
    nodes[0] = await createNode({ home: sites.paths[0]!.root })
    await nodes[0].start()
    const again = nodes[0].status().members[2]!
    assert.deepEqual(
      [again.connected, again.agreement.state, again.agreement.heardAt],
      [false, 'unknown', null],
    )
    assert.equal(again.lastSeen?.slice(0, 10), left!.at.slice(0, 10), 'kept over a restart')
    assert.equal(again.newest?.receivedAt, all[0]!.members[2]!.newest!.receivedAt, 'kept over a restart')
  } finally {
    for (const node of nodes) await node.stop()
    await sites.remove()
  }
})

interface LogLine {
  readonly at?: string
  readonly event?: string
  readonly peer?: string
  readonly member?: string
  readonly url?: string
}

/** Neither the control port's token nor the private key, in any usual spelling. */
async function assertNoSecrets(
  paths: { control: string; identity: string },
  texts: readonly string[],
): Promise<void> {
  const { token } = JSON.parse(await readFile(paths.control, 'utf8')) as { token: string }
  const key = await readFile(paths.identity)
  const seed = key.subarray(4, 36) // of libp2p's protobuf: two fields' heads, then the private half
  const spellings = [key, seed].flatMap((bytes) => [
    bytes.toString('hex'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    [...bytes.subarray(0, 16)].join(','),
  ])
  for (const secret of [token, ...spellings]) {
    for (const text of texts) assert.ok(!text.includes(secret), 'a secret is in the output')
  }
}
