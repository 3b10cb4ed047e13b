import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { AuditDraft } from '../../../../src/node/audit/audit-kinds.ts'
import { openLine } from '../../../../src/node/audit/audit-entry.ts'
import { renderVerdict } from '../../../../src/node/audit/render-verdict.ts'
import { verifyAudit } from '../../../../src/node/audit/verify-audit.ts'
import { held, logFixture, type LogFixture } from './chain-fixture.ts'

const started: AuditDraft = { kind: 'node-started', facts: { version: '1', charter: 'c', settings: {} } }
const stopped: AuditDraft = { kind: 'node-stopped', facts: {} }

async function said(log: LogFixture): Promise<string> {
  return (await verifyAudit(log.file)).notProven.join('\n')
}

test('a log alone is verified, and what that does not say is said', async () => {
  await using log = await logFixture()
  await log.run([started, held('a'), stopped])
  const verdict = await verifyAudit(log.file)
  assert.deepEqual([verdict.ok, verdict.merge, verdict.log.name, verdict.log.entries], [true, null, 'foundry', 4]) // prettier-ignore
  const text = renderVerdict(verdict)
  assert.match(text, /the log alone was looked at/)
  assert.match(text, new RegExp(`compare the head ${verdict.log.head}`))
  assert.match(text, /\nVERIFIED$/)
  assert.doesNotMatch(text, /crash|gone back|could not keep|did not hold/)
})

test('crashes, a clock that went back, lost entries and an unfinished one are named', async () => {
  await using log = await logFixture()
  await log.run([started, held('a')])
  const times = [9_000, 8_000, 9_500]
  await log.run([started, { kind: 'entries-lost', facts: { count: 3 } }, stopped], { wallNow: () => times.shift()! }) // prettier-ignore
  const text = await said(log)
  assert.match(text, /before 1 start that no stop precedes/)
  assert.match(text, /gone back at 2 entries/)
  assert.match(text, /3 entries that the site could not keep/)
})

test('what follows a log that did not hold says so, and its own chain holds', async () => {
  await using log = await logFixture()
  await log.run([started, held('a'), stopped])
  await log.write((await log.lines()).slice(1))
  await log.run([started, stopped])
  assert.equal((await verifyAudit(log.file)).ok, true)
  assert.match(await said(log), /what audit\.log\.broken-1 says \(sha256 [0-9a-f]{64}\), which this log follows: it did not hold/) // prettier-ignore
})

test('an entry that was noted earlier must be there, wherever it is by now', async () => {
  await using log = await logFixture()
  await log.run([held('a'), held('b')])
  const noted = openLine((await log.lines())[1]!).digest
  await log.run([held('c')])
  const found = await verifyAudit(log.file, { head: noted })
  assert.equal(found.ok, true)
  assert.match(found.notProven[0]!, /no entry behind number 2, which was noted earlier, was cut off/)
  await log.write((await log.lines()).slice(0, 1))
  const cut = await verifyAudit(log.file, { head: noted })
  assert.deepEqual(cut.checks.map(({ what, ok }) => [what, ok]), [['chain and signatures', true], ['entry noted earlier', false]]) // prettier-ignore
  assert.match(renderVerdict(cut), /\nNOT VERIFIED: entry noted earlier$/)
})

test('a broken log has a verdict up to the entry that does not hold', async () => {
  await using log = await logFixture()
  await log.run(['a', 'b', 'c'].map(held))
  const lines = await log.lines()
  await log.write([lines[0]!, lines[1]!, lines[3]!])
  const { ok, checks, log: of } = await verifyAudit(log.file)
  assert.deepEqual([ok, of.entries], [false, 2])
  assert.match(checks[0]!.actual, /^entry 3: its number is 4; entries are missing/)
  assert.ok((await readFile(log.file)).length > 0)
})
