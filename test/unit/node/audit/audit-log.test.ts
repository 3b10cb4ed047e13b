import assert from 'node:assert/strict'
import { appendFile, mkdir, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { generateIdentity } from '../../../../src/gossip/index.ts'
import { factsOf } from '../../../../src/node/audit/audit-kinds.ts'
import { readLog } from '../../../../src/node/audit/read-log.ts'
import { waitFor } from '../../../helpers/wait-for.ts'
import { CONSORTIUM, held, logFixture, reseal } from './chain-fixture.ts'

test('entries are numbered, linked, signed and readable by their owner only; the next run goes on', async () => {
  await using log = await logFixture()
  await log.run([held('a'), held('b')])
  await log.run([held('c')])
  const entries = await log.entries()
  assert.deepEqual(entries.map(({ sequence, kind }) => [sequence, kind]), [[1, 'log-begun'], [2, 'payload-held'], [3, 'payload-held'], [4, 'payload-held']]) // prettier-ignore
  assert.deepEqual(factsOf(entries[0]!, 'log-begun'), { peer: log.identity.peer, name: 'foundry', consortium: CONSORTIUM, before: null }) // prettier-ignore
  const { entries: count, flaw, tornBytes } = await readLog(log.file, { signatures: 'all' })
  assert.deepEqual([count, flaw, tornBytes], [4, null, 0])
  assert.equal((await stat(log.file)).mode & 0o777, 0o600)
  assert.deepEqual(log.problems, [])
})

test('an entry that a crash has cut off is left out by name, and the log goes on', async () => {
  await using log = await logFixture()
  await log.run([held('a')])
  const whole = (await stat(log.file)).size
  await appendFile(log.file, (await log.lines())[1]!.slice(0, 40))
  await log.run([held('b')])
  assert.deepEqual((await log.entries()).map(({ kind }) => kind), ['log-begun', 'payload-held', 'tail-recovered', 'payload-held']) // prettier-ignore
  assert.match(log.problems.join(), /^audit-torn: .*its last 40 bytes/)
  assert.equal((await readLog(log.file, { signatures: 'all' })).flaw, null)
  assert.ok((await stat(log.file)).size > whole)
})

test('a log that does not hold is put aside, and a new one names its head', async () => {
  await using log = await logFixture()
  await log.run([held('a'), held('b'), held('c')])
  const lines = await log.lines()
  await log.write([...lines.slice(0, 2), ...lines.slice(3)])
  const { head } = await readLog(log.file)
  await log.run([held('d')])
  assert.match(log.problems.join(), /^audit-broken: .*wrong-sequence.*its first 2 entries hold/)
  const [begun, ...rest] = await log.entries()
  assert.deepEqual(rest.map(({ kind }) => kind), ['payload-held']) // prettier-ignore
  const { before } = factsOf(begun!, 'log-begun')!
  assert.deepEqual([before?.file, before?.entries, before?.head], ['audit.log.broken-1', 2, head])
  assert.equal((await readFile(`${log.file}.broken-1`, 'utf8')).split('\n').length, 4)
  await rm(log.file)
  await log.run([])
  await log.run([held('e')])
  assert.equal(factsOf((await log.entries())[0]!, 'log-begun')?.before?.file, 'audit.log.broken-1')
})

test('the log of another site is not gone on with', async () => {
  await using log = await logFixture()
  await log.run([held('a')], { identity: await generateIdentity() })
  await log.run([held('b')])
  assert.match(log.problems.join(), /^audit-broken: .*the log of foundry, 12D3.*and this site is/)
  assert.deepEqual((await log.entries()).map(({ kind }) => kind), ['log-begun', 'payload-held']) // prettier-ignore
})

test('a clock that goes back changes nothing: numbers order', async () => {
  await using log = await logFixture()
  const times = [5_000, 6_000, -4_000, 7_000]
  await log.run([held('a'), held('b'), held('c')], { wallNow: () => times.shift()! })
  assert.deepEqual((await log.entries()).map(({ time }) => time), [5_000, 5_000, 6_000, -4_000]) // prettier-ignore
  assert.equal((await readLog(log.file, { signatures: 'all' })).flaw, null)
  assert.deepEqual(log.problems, [])
})

test('entries are in the order of what happened, however long one takes to be found out', async () => {
  await using log = await logFixture()
  const open = log.open()
  open.add(async () => {
    await new Promise((resolve) => setTimeout(resolve, 30))
    return [held('slow')]
  })
  open.add(() => [held('fast')])
  await open.close()
  assert.deepEqual((await log.entries()).slice(1).map((entry) => factsOf(entry, 'payload-held')?.id), ['slow', 'fast']) // prettier-ignore
})

test('an entry that is added at whatever moment is written', async () => {
  await using log = await logFixture()
  const open = log.open()
  for (let i = 0; i < 30; i++) {
    open.add(() => [held(String(i))])
    await open.flush(5_000)
    for (let turn = 0; turn < i % 4; turn++) await Promise.resolve()
  }
  open.add(() => [held('last')])
  await open.close()
  assert.equal((await log.entries()).length, 32)
})

test('an entry that cannot be made or written down leaves no gap behind', async () => {
  await using log = await logFixture()
  const open = log.open()
  open.add(() => [held('a')])
  open.add(() => Promise.reject(new Error('not made')))
  open.add(() => [held('b'), { kind: 'entries-lost', facts: { count: undefined as unknown as number } }])
  open.add(() => [held('c')])
  await open.close()
  assert.deepEqual((await log.entries()).slice(1).map((entry) => factsOf(entry, 'payload-held')?.id), ['a', 'b', 'c']) // prettier-ignore
  assert.equal((await readLog(log.file, { signatures: 'all' })).flaw, null)
  assert.match(log.problems.join('\n'), /not made; one entry is not kept/)
})

test('while the disk keeps nothing entries wait, what does not fit is counted, and all is said once', async () => {
  await using log = await logFixture()
  await mkdir(log.file) // nothing can be written there
  const open = log.open({ firstRetryMs: 10, maxWaiting: 100 })
  for (let i = 0; i < 120; i++) open.add(() => [held(String(i))])
  await waitFor('a problem', 5_000, () => log.problems[0])
  await rmdir(log.file)
  await waitFor('entries', 10_000, async () => (await readLog(log.file).catch(() => undefined))?.entries === 101 || undefined) // prettier-ignore
  open.add(() => [held('after')])
  await open.close()
  const entries = await log.entries()
  assert.equal(factsOf(entries.at(-2)!, 'entries-lost')?.count, 20)
  assert.equal(factsOf(entries.at(-1)!, 'payload-held')?.id, 'after')
  assert.match(log.problems[0]!, /^audit-failed: .*EISDIR.*it is tried again/)
  const others = log.problems.slice(1) // a try that had seen the directory may find it gone
  assert.ok(
    others.length <= 1 && others.every((problem) => /ERR_NO_AUDIT|no such log/.test(problem)),
    others.join(),
  )
})

test('a node that stops while the disk keeps nothing says what is lost, and does not wait', async () => {
  await using log = await logFixture()
  await mkdir(log.file)
  await log.run([held('a')])
  assert.match(log.problems.join(), /audit-failed: .*the newest entries are not kept|audit-failed: .*EISDIR/)
  assert.deepEqual(await readdir(dirname(log.file)), ['audit.log'])
})

test('a changed newest entry is found at the start although nothing follows it', async () => {
  await using log = await logFixture()
  await log.run([held('a'), held('b')])
  const lines = await log.lines()
  const forged = await reseal(lines[2]!, await generateIdentity(), { time: 1 })
  await log.write([...lines.slice(0, 2), forged])
  await log.run([])
  await log.run([held('c')])
  assert.match(log.problems[0]!, /audit-broken: .*entry 3: not signed by.*its first 2 entries hold/)
})
