import assert from 'node:assert/strict'
import { appendFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { generateIdentity } from '../../../../src/gossip/index.ts'
import { openLine } from '../../../../src/node/audit/audit-entry.ts'
import { MAX_LINE_BYTES } from '../../../../src/node/audit/log-lines.ts'
import { readLog, type LogReading } from '../../../../src/node/audit/read-log.ts'
import { held, logFixture, reseal, type LogFixture } from './chain-fixture.ts'

/** A log of five entries after its lines were changed so. */
async function changed(
  change: (lines: string[], log: LogFixture) => string[] | Promise<string[]>,
  signatures: 'all' | 'newest' = 'all',
): Promise<LogReading> {
  await using log = await logFixture()
  await log.run(['a', 'b', 'c', 'd'].map(held))
  await log.write(await change(await log.lines(), log))
  return await readLog(log.file, { signatures })
}

function flipped(line: string, at: number): string {
  const bytes = Buffer.from(line, 'base64')
  bytes[at]! ^= 1
  return bytes.toString('base64')
}

test('every byte of an entry counts', async () => {
  await using log = await logFixture()
  await log.run(['a', 'b'].map(held))
  const lines = await log.lines()
  const { length } = Buffer.from(lines[1]!, 'base64')
  for (let at = 0; at < length; at += 7) {
    await log.write([lines[0]!, flipped(lines[1]!, at), lines[2]!])
    const { flaw, entries } = await readLog(log.file, { signatures: 'all' })
    assert.ok(flaw !== null && [1, 2].includes(entries), `byte ${at}`)
    assert.match(flaw.reason, /malformed|bad-signature|broken-link|wrong-sequence/)
  }
})

test('an entry that says something else is found by its signature, and without it by the next link', async () => {
  const tamper = (lines: string[]): string[] => {
    const { content } = openLine(lines[2]!)
    const at = Buffer.from(lines[2]!, 'base64').indexOf(Buffer.from('mill'))
    assert.ok(at > 0 && content.length > 0)
    return lines.map((line, i) => (i === 2 ? flipped(line, at) : line))
  }
  const all = await changed(tamper)
  assert.deepEqual([all.flaw?.line, all.flaw?.reason, all.entries], [3, 'bad-signature', 2])
  const quick = await changed(tamper, 'newest')
  assert.deepEqual([quick.flaw?.line, quick.flaw?.reason], [4, 'broken-link'])
})

test('an entry that is missing, doubled or in another place is found', async () => {
  const cases: Record<string, (lines: string[]) => string[]> = {
    removed: ([a, b, , d, e]) => [a!, b!, d!, e!],
    doubled: ([a, b, c, d, e]) => [a!, b!, b!, c!, d!, e!],
    reordered: ([a, b, c, d, e]) => [a!, b!, d!, c!, e!],
  }
  for (const [name, change] of Object.entries(cases)) {
    const { flaw } = await changed(change, 'newest')
    assert.deepEqual([flaw?.line, flaw?.reason], [3, 'wrong-sequence'], name)
    assert.match(
      flaw!.message,
      /^entry 3: its number is \d; entries are missing, doubled or in another order/,
    )
  }
  const headless = await changed((lines) => lines.slice(1))
  assert.deepEqual([headless.flaw?.line, headless.flaw?.reason, headless.begun], [1, 'wrong-sequence', undefined]) // prettier-ignore
})

test('an entry that another key has signed is found, wherever it is', async () => {
  const foreign = await generateIdentity()
  for (const at of [1, 4]) {
    const { flaw } = await changed(async (lines) => {
      const forged = await reseal(lines[at]!, foreign, {})
      return lines.map((line, i) => (i === at ? forged : line))
    })
    assert.deepEqual([flaw?.line, flaw?.reason], [at + 1, 'bad-signature'])
  }
})

test('a whole log rewritten without the key holds nowhere', async () => {
  const foreign = await generateIdentity()
  const rewrite = async (lines: string[]): Promise<string[]> => {
    const out = [lines[0]!]
    for (const line of lines.slice(1)) out.push(await reseal(line, foreign, { time: 1, previous: openLine(out.at(-1)!).digest })) // prettier-ignore
    return out
  }
  for (const signatures of ['all', 'newest'] as const) {
    const { flaw, entries } = await changed(rewrite, signatures)
    assert.deepEqual([flaw?.reason, entries], ['bad-signature', 1])
  }
})

test('what is cut off at the end is told apart from what is broken', async () => {
  await using log = await logFixture()
  await log.run(['a', 'b'].map(held))
  const [last] = (await log.lines()).slice(-1)
  await appendFile(log.file, last!.slice(0, 10))
  const torn = await readLog(log.file, { signatures: 'all' })
  assert.deepEqual([torn.flaw, torn.entries, torn.tornBytes], [null, 3, 10])
  await appendFile(log.file, '\n')
  assert.deepEqual((await readLog(log.file)).flaw?.reason, 'malformed')
})

test('bytes that are no log are named, and a line without an end is not read for ever', async () => {
  await using log = await logFixture()
  await writeFile(log.file, 'hello\n')
  assert.match((await readLog(log.file)).flaw!.message, /entry 1: .*\(malformed\)/)
  await writeFile(log.file, Buffer.alloc(MAX_LINE_BYTES + 1_000_000, 'A'))
  assert.deepEqual((await readLog(log.file)).flaw?.reason, 'too-large')
  await writeFile(log.file, '')
  assert.deepEqual([(await readLog(log.file)).flaw, (await readLog(log.file)).head], [null, null])
})
