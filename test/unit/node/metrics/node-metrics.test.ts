import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { NetworkCounters } from '../../../../src/gossip/counters.ts'
import { EventHub } from '../../../../src/node/event-hub.ts'
import { silentLogger } from '../../../../src/node/logger.ts'
import { NodeMetrics } from '../../../../src/node/metrics/node-metrics.ts'
import type { NodeEvent } from '../../../../src/node/node-event.ts'
import { readMetrics } from '../../../helpers/read-metrics.ts'
import { agreement, before, LACKS_TWO, member, SCORES, SELF, statusWith } from '../status/statuses.ts'

const RELAYED = {
  path: 'relayed' as const,
  address: '/p2p-circuit',
  direction: 'inbound' as const,
  rttMs: 250,
}
const status = statusWith(
  [
    SELF,
    member('hospital-b'),
    member('hospital-c', {
      agreement: LACKS_TWO,
      connection: RELAYED,
      newest: { sequence: 3, receivedAt: null },
    }),
    member('factory-d', { connected: false, connection: null, lastSeen: before(60), agreement: agreement({ isCurrent: false }) }), // prettier-ignore
  ],
  { scores: SCORES },
)

/** Metrics of a node with that status at second 100 of a clock that `advance` moves. */
function nodeMetrics(): {
  metrics: NodeMetrics
  hub: EventHub
  counters: NetworkCounters
  readonly advance: (ms: number) => void
} {
  let now = 100_000
  const counters = new NetworkCounters()
  for (let i = 0; i < 7; i++) counters.met('request-rate')
  const network = {
    counters,
    traffic: () => ({ bytesSent: 1000, bytesReceived: 2000 }),
    counts: () => ({ fetching: 0, admitted: 6, pruned: 0, rejected: 0, held: 2 }),
  }
  const hub = new EventHub(silentLogger())
  const metrics = new NodeMetrics({ hub, now: () => now, status: () => status, network: () => network })
  return { metrics, hub, counters, advance: (ms) => void (now += ms) }
}

test('who is connected, how, and who agrees', async () => {
  const { metrics } = nodeMetrics()
  const read = readMetrics(await metrics.text())
  metrics.close()
  const expected: Record<string, number> = {
    peermerge_members: 4,
    peermerge_members_agreeing: 2,
    'peermerge_connections{path="direct"}': 1,
    'peermerge_connections{path="relayed"}': 1,
    'peermerge_member_connected{member="factory-d"}': 0,
    'peermerge_member_agrees{member="hospital-b"}': 1,
    'peermerge_member_agrees{member="hospital-c"}': 0,
    'peermerge_member_agrees{member="factory-d"}': 0,
    'peermerge_member_round_trip_seconds{member="hospital-c"}': 0.25,
    'peermerge_member_newest_contribution_age_seconds{member="hospital-b"}': 300,
    'peermerge_contributions{state="admitted"}': 6,
    peermerge_held: 2,
    peermerge_ledger_statements: 12,
    peermerge_pending_votes: 1,
    'peermerge_wire_bytes_total{direction="received"}': 2000,
  }
  for (const [name, value] of Object.entries(expected)) assert.equal(read.get(name), value, name)
  assert.equal(read.get('peermerge_member_newest_contribution_age_seconds{member="hospital-c"}'), undefined)
  assert.ok(read.get('peermerge_memory_bytes{kind="resident"}')! > 1e6)
  assert.ok(read.has('peermerge_event_loop_delay_seconds{quantile="0.99"}'))
})

test('what the network counted, as totals that grow', async () => {
  const { metrics, counters } = nodeMetrics()
  counters.protocol('/peermerge/chunk/1').sentBytes += 500
  counters.chunksFetched += 3
  for (let i = 0; i < 80; i++) counters.refused(`reason ${i}`)
  counters.refused('reason 1')
  await metrics.text()
  counters.chunksFetched += 2
  const read = readMetrics(await metrics.text())
  metrics.close()
  assert.equal(read.get('peermerge_chunks_fetched_total'), 5)
  assert.equal(read.get('peermerge_ceilings_met_total{ceiling="request-rate"}'), 7)
  assert.equal(
    read.get('peermerge_protocol_bytes_total{protocol="/peermerge/chunk/1",direction="sent"}'),
    500,
  )
  assert.equal(read.get('peermerge_refusals_total{reason="reason 1"}'), 2)
  assert.equal(read.get('peermerge_refusals_total{reason="other"}'), 16, 'reasons are bounded')
})

test('events are counted, and time by what the node did', async () => {
  const { metrics, hub, advance } = nodeMetrics()
  const activity = (kind: 'training' | 'idle'): NodeEvent => ({
    type: 'activity',
    activity: { kind, text: kind, waitingFor: [] },
  })
  hub.emit(activity('training'))
  advance(4000)
  hub.emit(activity('idle'))
  advance(1000)
  const merged = { type: 'merged' as const, ...status.merge! }
  hub.emit(merged)
  hub.emit(merged) // the same merge told again
  hub.emit({ ...merged, digest: 'another' })
  hub.emit({ type: 'problem', code: 'ERR_X', message: 'x' })
  metrics.merged(250)
  const read = readMetrics(await metrics.text())
  metrics.close()
  assert.equal(read.get('peermerge_activity_seconds_total{activity="training"}'), 4)
  assert.equal(read.get('peermerge_activity_seconds_total{activity="idle"}'), 1)
  assert.equal(read.get('peermerge_merges_total'), 2)
  assert.equal(read.get('peermerge_problems_total{code="ERR_X"}'), 1)
  assert.equal(read.get('peermerge_merge_seconds_count'), 1)
  assert.equal(read.get('peermerge_merge_seconds_bucket{le="0.5"}'), 1)
})

test('two nodes in one process do not mix', async () => {
  const [one, two] = [nodeMetrics(), nodeMetrics()]
  one.counters.chunksServed = 9
  await one.metrics.text()
  assert.equal(readMetrics(await two.metrics.text()).get('peermerge_chunks_served_total'), 0)
  one.metrics.close()
  two.metrics.close()
})

test('the dashboard and the alerts that come with the containers ask for what there is', async () => {
  const { metrics } = nodeMetrics()
  const text = await metrics.text()
  metrics.close()
  for (const file of ['docker/grafana/dashboards/peermerge.json', 'docker/prometheus/alerts.yml']) {
    const source = (await readFile(file, 'utf8')).replaceAll('\\"', '"')
    const asked = new Set(source.match(/peermerge_[a-z_]+/g))
    assert.ok(asked.size > 2, file)
    for (const name of asked)
      assert.match(text, new RegExp(`# TYPE ${name.replace(/_bucket$/, '')} `), `${file}: ${name}`)
    for (const labelled of source.match(/peermerge_[a-z_]+\{[a-z]+="[^"]+"\}/g) ?? [])
      assert.ok(text.includes(`${labelled} `), `${file}: ${labelled}`)
  }
})

test('accuracy and forgetting, task by task; nothing of what cannot be measured here any more', async () => {
  const { metrics } = nodeMetrics()
  const read = readMetrics(await metrics.text())
  metrics.close()
  const expected: Record<string, number> = {
    'peermerge_task_accuracy{task="charter",of="site"}': 0.75,
    'peermerge_task_forgetting{task="charter",of="consortium"}': 0.125,
    'peermerge_task_scored_samples{task="charter",of="consortium"}': 80,
    'peermerge_task_scored_samples{task="autumn id of au",of="site"}': 8,
    'peermerge_task_scoring_sites{task="charter"}': 3,
  }
  for (const [name, value] of Object.entries(expected)) assert.equal(read.get(name), value, name)
  assert.equal(read.get('peermerge_task_accuracy{task="winter id of wi",of="site"}'), undefined)
})

test('what is held for a person, what is quiet, and limits with who has set them', async () => {
  const { metrics } = nodeMetrics()
  const read = readMetrics(await metrics.text())
  metrics.close()
  const expected: Record<string, number> = {
    peermerge_outbox_held: 1,
    peermerge_outbox_held_bytes: 40_000,
    peermerge_outbox_oldest_seconds: 90,
    peermerge_policy_problem: 0,
    'peermerge_quiet{what="training"}': 1,
    'peermerge_quiet{what="sharing"}': 0,
    'peermerge_limit{of="memory_bytes",from="policy"}': 2 ** 31,
    'peermerge_limit{of="floor_samples_per_class",from="charter"}': 4,
  }
  for (const [name, value] of Object.entries(expected)) assert.equal(read.get(name), value, name)
  assert.equal([...read.keys()].filter((name) => name.startsWith('peermerge_limit{')).length, 6)
})
