import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parse } from 'csv-parse/sync'
import { memorySource, openSafetensors } from '../../../src/merge/index.ts'
import type { AuditEntry } from '../../../src/node/audit/audit-entry.ts'
import { factsOf } from '../../../src/node/audit/audit-kinds.ts'
import { flushAudit } from '../../../src/node/audit/flush-audit.ts'
import { readLog } from '../../../src/node/audit/read-log.ts'
import { verifyAudit, type VerifyAuditOptions } from '../../../src/node/audit/verify-audit.ts'
import { readAuditSource } from '../../../src/node/cli/audit-source.ts'
import type { AuditVerdict } from '../../../src/node/audit/types.ts'
import { openSiteStore } from '../../../src/node/components.ts'
import { readEgress, type Egress } from '../../../src/node/egress/read-egress.ts'
import { readConfig, writeConfig } from '../../../src/node/home.ts'
import { silentLogger } from '../../../src/node/logger.ts'
import { createNode } from '../../../src/node/node.ts'
import type { NodeStatus } from '../../../src/node/status/types.ts'
import type { PeermergeNode } from '../../../src/node/node-api.ts'
import { waitFor } from '../../helpers/wait-for.ts'
import { peermerge } from '../../helpers/node/run-program.ts'
import { threeSites, until, type Sites } from './three-sites.ts'

const DEADLINE_MS = 90_000
const MEMBERS = ['foundry', 'mill']

let sites: Sites
/** What the log of the first site said while its node ran. */
let running: Egress
let merged: NodeStatus['merge']

before(async () => {
  sites = await threeSites({ contributionsPerTask: 1, classifier: { rule: 'counts' }, scores: 'shared' })
  const nodes: PeermergeNode[] = []
  try {
    for (const site of MEMBERS.keys()) {
      if (site > 0) await sites.dial(site, nodes[0]!.status().addresses)
      nodes.push(await createNode({ home: sites.paths[site]!.root }))
      await nodes[site]!.start()
    }
    const statuses = await until(nodes, (all) => all.every((s) => s.merge?.known === 2 && s.merge.digest === all[0]?.merge?.digest), DEADLINE_MS) // prettier-ignore
    merged = statuses[0]!.merge
    running = await waitFor('scores and a holder in the log', DEADLINE_MS, async () => {
      await flushAudit(sites.paths[0]!)
      const egress = await readEgress(sites.paths[0]!.audit)
      return egress.scores.at(-1)?.merge === merged!.digest && egress.recipients[0]?.holds === 1 ? egress : undefined // prettier-ignore
    })
  } finally {
    for (const node of nodes) await node.stop()
  }
})
after(() => sites.remove())

const home = (site: number): string => sites.paths[site]!.root

async function entriesOf(file: string): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = []
  await readLog(file, { onEntry: (entry) => entries.push(entry) })
  return entries
}

async function verify(
  path: string,
  options: VerifyAuditOptions = {},
  charter?: string,
): Promise<AuditVerdict> {
  const source = await readAuditSource(path, charter === undefined ? {} : { charter })
  return await verifyAudit(source.file, { ...source, ...options })
}

function failing({ checks }: AuditVerdict): string[] {
  return checks.filter(({ ok }) => !ok).map(({ what, actual }) => `${what}: ${actual}`)
}

test('egress names exactly the tensors that another site has got, their bytes, and that site', async () => {
  const [contribution, ...others] = running.contributions
  assert.deepEqual(others, [])
  const { id, payload, recipients, samples, classCounts, clipping, noise } = contribution!
  await using store = await openSiteStore(sites.paths[1]!, silentLogger())
  const { header } = store.get(id)!
  const chunks = await Promise.all(header.payload.chunks.map((digest) => store.getChunk(digest)))
  const received = openSafetensors(memorySource(Buffer.concat(chunks as Uint8Array[])))
  const expected = [...received.entries].map(([name, { type, shape, byteLength: bytes }]) => {
    const digest = createHash('sha256').update(received.bytes(name)).digest('hex')
    return { name, type, shape, bytes, digest }
  })
  assert.deepEqual(contribution!.tensors, expected)
  assert.ok(expected.length > 3)
  assert.deepEqual([samples, classCounts, clipping, noise], [header.count, header.classCounts, 'none', 0])
  assert.deepEqual(payload, { digest: header.payload.digest, bytes: header.payload.size })
  assert.deepEqual(recipients.map(({ name, peer, bytes }) => [name, peer, bytes]), [['mill', store.list('admitted').find(({ header: one }) => one.peer !== header.peer)!.header.peer, payload.bytes]]) // prettier-ignore
  assert.equal(running.days.reduce((sum, { sentBytes }) => sum + sentBytes, 0), payload.bytes) // prettier-ignore
  assert.equal(running.log.problem, null)
})

test('held-out numbers that receipts have told are in it', () => {
  const { merge, tasks } = running.scores.at(-1)!
  assert.equal(merge, merged!.digest)
  assert.ok(tasks.length === 1 && tasks[0]!.count > 0)
})

test('the command says the same of a stopped home, for people, as JSON and as CSV', () => {
  const json = JSON.parse(peermerge('egress', '--home', home(0), '--json').stdout) as Egress
  assert.deepEqual(json.contributions, running.contributions)
  const text = peermerge('egress', '--home', home(0), '--tensors')
  assert.equal(text.code, 0)
  assert.match(text.stdout, /│ mill +│ 12D3KooW\w+ +│ 1 +│ 1 +│/)
  assert.match(text.stdout, /classifier\/weight/)
  const csv = peermerge('egress', '--home', home(0), '--csv').stdout
  const rows = parse<Record<string, string>>(csv, { columns: true })
  const tensors = rows.filter(({ what }) => what === 'tensor')
  assert.deepEqual(tensors.map(({ name, bytes, digest, recipients }) => [name, bytes, digest, recipients]), running.contributions[0]!.tensors!.map(({ name, bytes, digest }) => [name, String(bytes), digest, 'mill'])) // prettier-ignore
  const others = rows.filter(({ what }) => what !== 'tensor')
  assert.deepEqual(others.map(({ what }) => what), ['header', ...running.scores.map(() => 'scores')]) // prettier-ignore
  assert.ok(others.every(({ recipients }) => recipients === 'all members'))
  assert.equal(peermerge('egress', '--home', home(2)).code, 2)
})

test('the log tells what happened, in order', async () => {
  const entries = await entriesOf(sites.paths[0]!.audit)
  const kinds = entries.map(({ kind }) => kind)
  assert.deepEqual(kinds.slice(0, 2), ['log-begun', 'node-started'])
  assert.equal(kinds.at(-1), 'node-stopped')
  for (const kind of ['contribution-published', 'contribution-admitted', 'payload-held'])
    assert.equal(kinds.filter((one) => one === kind).length, 1, kind)
  const merges = entries.flatMap((entry) => factsOf(entry, 'merge-computed') ?? [])
  assert.equal(merges.at(-1)?.digest, merged!.digest)
  assert.deepEqual(merges.flatMap(({ added }) => added).sort(), [...merged!.cut].sort())
  const listed = peermerge('audit', 'list', '--home', home(0), '--kind', 'merge-computed,node-stopped')
  assert.equal(listed.stdout.trim().split('\n').length, merges.length + 1)
})

test('what is exported verifies by itself; a flipped byte fails by name', async () => {
  const bundle = join(home(0), 'export')
  assert.equal(peermerge('audit', 'export', '--home', home(0), '--out', bundle).code, 0)
  const verdict = await verify(bundle)
  assert.deepEqual([verdict.ok, failing(verdict)], [true, []])
  assert.equal(verdict.merge, merged!.digest)
  assert.match(verdict.notProven.join('\n'), /no entry was cut off[^]*that the charter is[^]*has passed on/)
  const log = join(bundle, 'audit.log')
  const noted = await verify(log, { head: verdict.log.head! })
  assert.deepEqual([noted.ok, noted.merge], [true, null])
  const other = await verify(log, { head: 'ab'.repeat(32) })
  assert.match(failing(other).join(), /^entry noted earlier: no entry has this digest/)
  assert.match(failing(await verify(log, { peer: merged!.contributors.find((peer) => peer !== verdict.log.peer)! })).join(), /^signer: 12D3/) // prettier-ignore

  const contribution = (await readdir(bundle)).find((name) => name.endsWith('.contribution'))!
  for (const [name, at, expected] of [
    [contribution, -9, /contributions that are refused: /],
    ['merge.safetensors', -3, /bundle: merged tensors: /],
    ['audit.log', 900, /chain and signatures: entry \d/],
  ] as const) {
    const copy = join(home(0), `export ${name.slice(-12)}`)
    await cp(bundle, copy, { recursive: true })
    await flip(join(copy, name), at)
    const found = await verify(copy)
    assert.equal(found.ok, false, name)
    assert.match(failing(found).join('\n'), expected, name)
  }
})

test('the command says one clear verdict', async () => {
  const bundle = join(home(1), 'export')
  assert.equal(peermerge('audit', 'export', '--home', home(1), '--out', bundle).code, 0)
  const good = peermerge('audit', 'verify', bundle)
  assert.equal(good.code, 0)
  assert.match(
    good.stdout,
    /not proven:\n {2}- [^]*\nVERIFIED: the log holds, and its newest merge is [0-9a-f]{64}\n$/,
  )
  await flip(join(bundle, 'audit.log'), 900)
  const bad = peermerge('audit', 'verify', bundle, '--json')
  assert.deepEqual([bad.code, (JSON.parse(bad.stdout) as AuditVerdict).ok], [1, false])
  assert.match(peermerge('audit', 'verify', join(home(1), 'merges')).stderr, /no file ends in \.contribution/)
})

test('a log whose newest merge is another than the bundle gives does not verify; by a trusted charter neither does another consortium', async () => {
  const [mine, theirs] = [join(home(0), 'export'), join(home(1), 'mixed')]
  await cp(mine, theirs, { recursive: true })
  const log = join(theirs, 'audit.log')
  const lines = (await readFile(log, 'latin1')).split('\n')
  const first = (await entriesOf(log)).find(({ kind }) => kind === 'merge-computed')!
  await writeFile(log, `${lines.slice(0, first.sequence).join('\n')}\n`)
  const other = sites.paths[1]!.charter
  const charter = join(home(1), 'other.json')
  await writeFile(charter, (await readFile(other, 'utf8')).replace('"castings"', '"forgings"'))
  assert.match(failing(await verify(theirs)).join('\n'), /newest merge, computed again: [0-9a-f]{64}/)
  assert.match(failing(await verify(mine, {}, charter)).join('\n'), /consortium of the log: /)
})

test('the next start says what has changed of the settings, and records nothing twice', async () => {
  const paths = sites.paths[0]!
  const config = await readConfig(paths)
  await writeConfig(paths, { ...config, floors: { samples: 20 }, data: `${config.data!}/../${config.data!.split('/').at(-1)!}` }) // prettier-ignore
  const earlier = (await entriesOf(paths.audit)).length
  await runFor(paths.root, (status) => status.merge !== null)
  const entries = (await entriesOf(paths.audit)).slice(earlier)
  const { changes } = entries.flatMap((entry) => factsOf(entry, 'configuration-changed') ?? [])[0]!
  assert.deepEqual(changes.map(({ field }) => field), ['data', 'floors', 'peers'].filter((field) => changes.some((one) => one.field === field))) // prettier-ignore
  assert.deepEqual(changes.find(({ field }) => field === 'floors'), { field: 'floors', before: {}, after: { samples: 20 } }) // prettier-ignore
  assert.doesNotMatch(JSON.stringify(changes), /peermerge-site/, 'places stay at home')
  const kinds = entries.map(({ kind }) => kind)
  assert.deepEqual(kinds.filter((kind) => kind.startsWith('contribution') || kind === 'merge-computed'), []) // prettier-ignore
})

test('a log that was tampered with stops no node, is put aside by name, and what it knew of itself is recorded anew', async () => {
  const paths = sites.paths[1]!
  const lines = (await readFile(paths.audit, 'latin1')).split('\n')
  await writeFile(paths.audit, [...lines.slice(0, 3), ...lines.slice(4)].join('\n'))
  const status = await runFor(paths.root, ({ merge }) => merge !== null)
  assert.ok(status.problems.some(({ code, message }) => code === 'audit-broken' && /entry 4: its number is 5/.test(message))) // prettier-ignore
  const [begun, ...rest] = await entriesOf(paths.audit)
  assert.equal(factsOf(begun!, 'log-begun')?.before?.entries, 3)
  const published = rest.flatMap((entry) => factsOf(entry, 'contribution-published') ?? [])
  assert.deepEqual(published.map(({ isLate, clipping }) => [isLate, clipping]), [[true, 'unknown']]) // prettier-ignore
  const egress = peermerge('egress', '--home', paths.root)
  assert.equal(egress.code, 0)
  assert.match(egress.stdout, /not counted: audit\.log\.broken-1/)
})

async function runFor(root: string, holds: (status: NodeStatus) => boolean): Promise<NodeStatus> {
  const node = await createNode({ home: root })
  try {
    await node.start()
    return (await until([node], ([status]) => holds(status!), DEADLINE_MS))[0]!
  } finally {
    await node.stop()
  }
}

/** One bit; from the end where `at` is negative. */
async function flip(file: string, at: number): Promise<void> {
  const bytes = await readFile(file)
  bytes[at < 0 ? bytes.length + at : at]! ^= 1
  await writeFile(file, bytes)
}
